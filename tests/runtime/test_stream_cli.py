"""`./FILE infer` over streams: lines and JSON Lines in, every format out, and what happens to lines that cannot be used."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.task_repos import LABELS, MODEL_TYPES

import encoderfile_runtime
from encoderfile_runtime.cli.feed import Feed
from encoderfile_runtime.cli.progress import Progress
from encoderfile_runtime.cli.records import Record
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import Run

    from encoderfile_runtime.model import Model

TEXTS = ["the model", "one file runs, é!", "a", "text, the text"]
LINES = "".join(f"{text}\n" for text in TEXTS)
TYPED = ["sentence_embedding", "sequence_classification"]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Put bytes into a pipe that is standard input."""
    opened = []

    def put(data: bytes) -> None:
        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as file:
            file.write(data)
        opened.append(os.fdopen(reader, encoding="utf-8"))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield put
    for file in opened:
        file.close()


def model(executables: dict[str, Path], model_type: str) -> Model:
    return encoderfile_runtime.load(executables[model_type])


def answer(run: Run, model_type: str, *arguments: Any) -> str:
    outcome = run(model_type, "infer", *map(str, arguments))
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


def objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def near(value: Any) -> Any:
    """The same value, but numbers to 1e-6: batches of other sizes round otherwise."""
    if isinstance(value, dict):
        return {key: near(item) for key, item in value.items()}
    if isinstance(value, list):
        return [near(item) for item in value]
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


class TestSources:
    @pytest.mark.parametrize("model_type", MODEL_TYPES)
    @pytest.mark.parametrize("batch_size", ["1", "3", "256"])
    def test_lines_give_what_arguments_give(self, run: Run, lines: Path, model_type: str, batch_size: str) -> None:
        expected = json.loads(answer(run, model_type, *TEXTS))["results"]

        found = objects(answer(run, model_type, "-i", lines, "--batch-size", batch_size))

        assert found == near(expected)

    def test_a_pipe_is_read_where_there_are_no_arguments(
        self, run: Run, lines: Path, pipe: Callable[[bytes], None]
    ) -> None:
        pipe(b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode())

        assert answer(run, "sentence_embedding") == answer(run, "sentence_embedding", "-i", lines)

    def test_a_dash_is_standard_input(self, run: Run, pipe: Callable[[bytes], None]) -> None:
        pipe(b"a")

        assert len(objects(answer(run, "sentence_embedding", "-i", "-"))) == 1

    @pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "txt"])
    def test_json_lines_pass_other_keys_through(self, run: Run, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"texts.{suffix}"
        path.write_text('"a"\n{"id": [7, "x"], "text": "é"}\n', encoding="utf-8")

        found = objects(answer(run, "sentence_embedding", "-i", path, "--input-format", "jsonl"))

        assert [list(row) for row in found] == [["embedding"], ["id", "embedding"]]
        assert found[1]["id"] == [7, "x"]

    @pytest.mark.parametrize("command", ["infer", "tokenize", "rank"])
    def test_half_a_surrogate_pair_in_another_key_comes_back_as_it_was(
        self, run: Run, tmp_path: Path, command: str
    ) -> None:
        path = tmp_path / "x.jsonl"
        path.write_text('{"id": "\\ud800", "text": "a"}\n')

        query, as_json = (["a"], ["--json"]) if command == "rank" else ([], ["--json"][: command == "tokenize"])
        outcome = run("sentence_embedding", command, *query, "-i", str(path), *as_json)

        assert (outcome.code, outcome.err) == (0, "")
        assert json.loads(outcome.out)["id"] == "\ud800"

    def test_json_lines_may_hold_pairs(self, run: Run, executables: dict[str, Path], tmp_path: Path) -> None:
        path = tmp_path / "texts.jsonl"
        path.write_text('{"text": "one", "text_pair": "text"}\n')
        classifier = model(executables, "sequence_classification")

        [found] = objects(answer(run, "sequence_classification", "-i", path))

        expected = classifier.vectors(classifier.tokenize([("one", "text")]))[0]
        assert found["logits"] == pytest.approx(expected.tolist(), abs=1e-6)

    def test_no_lines_give_no_results(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("")
        source = ["-i", tmp_path / "empty"]

        assert answer(run, "sentence_embedding", *source) == ""
        assert json.loads(answer(run, "sentence_embedding", *source, "-f", "json")) == {
            "results": [],
            "model_id": "tiny",
            "metadata": {},
        }
        assert answer(run, "sentence_embedding", *source, "-o", tmp_path / "x.npy") == ""
        assert np.load(tmp_path / "x.npy").shape == (0, 16)

    def test_texts_and_a_file_are_too_much(self, run: Run, lines: Path) -> None:
        outcome = run("sentence_embedding", "infer", "a", "-i", str(lines))

        assert (outcome.code, outcome.out) == (2, "")
        assert "expected TEXT or -i FILE, found both" in outcome.err

    @pytest.mark.parametrize(
        ("name", "reason"), [("gone", "No such file or directory"), ("", "is not a regular file, but a directory")]
    )
    def test_a_file_that_cannot_be_read_is_named(self, run: Run, tmp_path: Path, name: str, reason: str) -> None:
        path = str(tmp_path / name)

        assert run("sentence_embedding", "infer", "-i", path) == (1, "", f"error: {path}: {reason}\n")


class TestFormats:
    @pytest.mark.parametrize("model_type", MODEL_TYPES)
    def test_json_is_the_same_response_however_it_is_written(
        self, run: Run, lines: Path, tmp_path: Path, model_type: str
    ) -> None:
        expected = answer(run, model_type, *TEXTS)

        answer(run, model_type, *TEXTS, "-o", tmp_path / "x.json")

        assert (tmp_path / "x.json").read_text(encoding="utf-8") == expected
        assert json.loads(answer(run, model_type, "-i", lines, "-f", "json")) == near(json.loads(expected))

    @pytest.mark.parametrize("model_type", TYPED)
    @pytest.mark.parametrize("batch_size", ["1", "256"])
    def test_npy_is_an_array_of_float32(
        self,
        run: Run,
        executables: dict[str, Path],
        lines: Path,
        tmp_path: Path,
        model_type: str,
        batch_size: str,
    ) -> None:
        answer(run, model_type, "-i", lines, "-o", tmp_path / "x.npy", "--batch-size", batch_size)

        found = np.load(tmp_path / "x.npy", allow_pickle=False)
        loaded = model(executables, model_type)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, loaded.vectors(loaded.tokenize(TEXTS)), atol=1e-6)

    def test_npy_goes_to_a_pipe_but_not_to_a_terminal(
        self, run: Run, lines: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written = io.BytesIO()
        arguments = ("sentence_embedding", "infer", "-i", str(lines), "-f", "npy")
        monkeypatch.setattr(sys, "stdout", out := io.TextIOWrapper(written))

        assert run(*arguments).code == 0
        assert np.load(io.BytesIO(written.getvalue())).shape == (4, 16)

        written.truncate(0)
        monkeypatch.setattr(out, "isatty", lambda: True)
        outcome = run(*arguments)
        assert (outcome.code, written.getvalue()) == (2, b"")
        assert outcome.err == "error: npy is no text for a terminal: write it to a file with -o FILE, or pipe it\n"

    @pytest.mark.parametrize("model_type", ["embedding", "token_classification"])
    def test_npy_is_refused_where_texts_have_a_vector_a_token(
        self, run: Run, lines: Path, tmp_path: Path, model_type: str
    ) -> None:
        outcome = run(model_type, "infer", "-i", str(lines), "-o", str(tmp_path / "x.npy"))

        message = f"error: tiny: a model for {model_type} makes no vector for a whole text\n"
        assert outcome == (2, "", message)
        assert [item.name for item in tmp_path.iterdir()] == ["lines.txt"]

    def test_dimensions_are_cut(self, run: Run, executables: dict[str, Path]) -> None:
        [found] = json.loads(answer(run, "sentence_embedding", "a", "--dimensions", "4"))["results"]

        expected = model(executables, "sentence_embedding").encode(["a"], dimensions=4)[0]
        assert found["embedding"] == pytest.approx(expected.tolist(), abs=1e-6)

    def test_offsets_count_characters_where_that_is_asked(self, run: Run) -> None:
        [found] = json.loads(answer(run, "embedding", "é a", "--offsets", "characters"))["results"]

        assert [item["token_info"]["start"] for item in found["embeddings"]] == [0, 2]

    @pytest.mark.parametrize("model_type", MODEL_TYPES)
    def test_csv_has_a_header_and_a_row_a_text_or_token(self, run: Run, lines: Path, model_type: str) -> None:
        rows = list(csv.reader(io.StringIO(answer(run, model_type, "-i", lines, "-f", "csv"))))

        token = ["token", "token_id", "start", "end"]
        names = {
            "sentence_embedding": ["line", *map(str, range(16))],
            "sequence_classification": ["line", "predicted_label", "predicted_index", *LABELS.values()],
            "embedding": ["line", *token, *map(str, range(16))],
            "token_classification": ["line", *token, "label", "score", *LABELS.values()],
        }
        assert rows[0] == names[model_type]
        assert {len(row) for row in rows} == {len(rows[0])}
        counts = ["1", "2", "3", "4"] if model_type in TYPED else [*"1122222234444"]
        assert len([row[0] for row in rows[1:]]) >= len(counts) - 1
        assert [*dict.fromkeys(row[0] for row in rows[1:])] == ["1", "2", "3", "4"]
        results = json.loads(answer(run, model_type, *TEXTS))["results"]
        if model_type == "sentence_embedding":
            assert [list(map(float, row[1:])) for row in rows[1:]] == near([item["embedding"] for item in results])
        if model_type == "token_classification":
            assert rows[1][1:7] == ["the", rows[1][2], "0", "3", results[0]["tokens"][0]["label"], rows[1][6]]

    def test_text_is_for_people(self, run: Run) -> None:
        vector, label, token, tagged = (answer(run, kind, "the", "-f", "text") for kind in _ORDER)

        assert len(vector.split()) == 16
        assert label.split("\t")[0] in LABELS.values()
        assert token.startswith("the\t")
        assert (len(token.split()), token[-2:]) == (17, "\n\n")
        assert tagged.split("\t")[1] in LABELS.values()

    def test_a_suffix_chooses_the_format(self, run: Run, tmp_path: Path) -> None:
        for suffix in ("csv", "txt", "jsonl", "data"):
            answer(run, "sentence_embedding", "a", "-o", tmp_path / f"x.{suffix}")

        assert (tmp_path / "x.csv").read_text().startswith("line,0,1,")
        assert len((tmp_path / "x.txt").read_text().split()) == 16
        assert (tmp_path / "x.jsonl").read_text() == (tmp_path / "x.data").read_text()

    def test_the_output_may_be_a_device(self, run: Run) -> None:
        assert answer(run, "sentence_embedding", "a", "-o", os.devnull) == ""

    def test_an_output_that_cannot_be_written_is_named(self, run: Run, tmp_path: Path) -> None:
        path = str(tmp_path / "gone" / "x.json")

        assert run("sentence_embedding", "infer", "a", "-o", path) == (
            1,
            "",
            f"error: {path}: No such file or directory\n",
        )

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110 - a device
    def test_an_output_that_is_full_is_named(self, run: Run) -> None:
        outcome = run("sentence_embedding", "infer", "a", "-o", "/dev/full")

        assert outcome == (1, "", "error: /dev/full: No space left on device\n")

    def test_a_dash_is_standard_output(self, run: Run) -> None:
        assert answer(run, "sentence_embedding", "a", "-o", "-") == answer(run, "sentence_embedding", "a")

    def test_an_output_without_a_name_is_refused(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)

        outcome = run("sentence_embedding", "infer", "a", "-o", "")

        assert outcome.code == 2
        assert outcome.err.endswith("expected the name of a file, or - for standard output\n")
        assert list(tmp_path.iterdir()) == []


_ORDER = ("sentence_embedding", "sequence_classification", "embedding", "token_classification")

BAD = {
    "empty": (b"", "is empty, expected a text"),
    "broken": (b"ab\xff", "byte 3 is 0xff, which is not UTF-8: convert it"),
    "half": (b"ab\xe2\x82", "byte 3 is 0xe2, which is not UTF-8: convert it"),
}
BAD_JSON = {
    "no-json": (b"{", "is not JSON: "),
    "deep": (b"[" * 100_000, "is not JSON: "),
    "number": (b"7", 'expected a JSON string, or an object whose "text" is one'),
    "no-text": (b'{"texts": "a"}', 'expected a JSON string, or an object whose "text" is one'),
    "no-pair": (b'{"text": "a", "text_pair": 7}', 'expected a JSON string, or an object whose "text" is one'),
    "surrogate": (rb'"\ud800"', "character 0 of the text is U+D800, half of a surrogate pair"),
    "empty-string": (b'""', "is empty, expected a text"),
}


class TestLinesThatCannotBeUsed:
    @pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
    def test_stop_keeps_what_came_before(
        self, run: Run, pipe: Callable[[bytes], None], line: bytes, reason: str
    ) -> None:
        pipe(b"a\none\n" + line + b"\ntext\n")

        outcome = run("sentence_embedding", "infer")

        assert (outcome.code, outcome.err) == (1, f"error: standard input: line 3: {reason}\n")
        assert len(objects(outcome.out)) == 2

    @pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
    def test_skip_goes_on_and_says_so(self, run: Run, pipe: Callable[[bytes], None], line: bytes, reason: str) -> None:
        pipe(b"a\none\n" + line + b"\ntext\n")

        outcome = run("sentence_embedding", "infer", "--on-error", "skip")

        message = f"standard input: line 3: {reason}"
        assert outcome.code == 1
        assert outcome.err == f"note: {message}; skipped\nnote: 1 text was skipped\n"
        assert [list(row) for row in objects(outcome.out)] == [["embedding"]] * 2 + [["error"], ["embedding"]]
        assert objects(outcome.out)[2] == {"error": message}

    @pytest.mark.parametrize(("line", "reason"), BAD_JSON.values(), ids=BAD_JSON)
    def test_bad_json_is_named_with_its_line(self, run: Run, tmp_path: Path, line: bytes, reason: str) -> None:
        path = tmp_path / "x.jsonl"
        path.write_bytes(b'"a"\n' + line + b"\n")

        outcome = run("sentence_embedding", "infer", "-i", str(path))

        assert (outcome.code, outcome.err.count("\n"), len(objects(outcome.out))) == (1, 1, 1)
        assert outcome.err.startswith(f"error: {path}: line 2: {reason}")

    @pytest.mark.parametrize(("kind", "rows"), [("csv", 3), ("text", 2), ("json", 1)])
    def test_other_formats_leave_them_out(self, run: Run, pipe: Callable[[bytes], None], kind: str, rows: int) -> None:
        pipe(b"a\n\none\n")

        outcome = run("sentence_embedding", "infer", "--on-error", "skip", "-f", kind)

        assert outcome.code == 1
        if kind == "json":
            assert len(json.loads(outcome.out)["results"]) == 2
        else:
            assert len(outcome.out.splitlines()) == rows

    @pytest.mark.parametrize("kind", ["npy", "jsonl"])
    def test_a_file_gets_its_name_only_when_it_is_whole(
        self, run: Run, tmp_path: Path, pipe: Callable[[bytes], None], kind: str
    ) -> None:
        pipe(b"a\none\n\n")
        path = tmp_path / f"x.{kind}"
        path.write_text("before")

        outcome = run("sentence_embedding", "infer", "-o", str(path))

        assert outcome.code == 1
        assert f"note: what was done until then is in {path}.part\n" in outcome.err
        assert path.read_text() == "before"
        part = tmp_path / f"x.{kind}.part"
        assert (np.load(part).shape if kind == "npy" else len(objects(part.read_text()))) in ((2, 16), 2)

    @pytest.mark.parametrize(
        ("model_type", "command"),
        [
            ("embedding", "infer"),
            ("sentence_embedding", "infer"),
            ("sequence_classification", "classify"),
            ("token_classification", "infer"),
            ("token_classification", "classify"),
        ],
    )
    def test_weights_with_nan_are_an_error(
        self, run: Run, executables: dict[str, Path], tmp_path: Path, model_type: str, command: str
    ) -> None:
        data = bytearray(executables[model_type].read_bytes())
        tensors = report.describe(Container(str(executables[model_type])))["tensors"]
        start = next(item["offset"] for item in tensors if item["name"].endswith("embeddings.LayerNorm.bias"))
        data[start : start + 4] = np.float32(np.nan).tobytes()
        path = tmp_path / "nan"
        path.write_bytes(data)

        outcome = run(path, command, "the model")

        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
        assert outcome.err.startswith("error: the model gives NaN or infinity")


class TestTruncation:
    LONG = " ".join([*"abcdefghijklmnopqrstuvwxyz0123"])  # 30 tokens, of which 22 have room beside [CLS] and [SEP]

    def vector(self, run: Run, *arguments: str) -> list[float]:
        outcome = run("sentence_embedding", "infer", *arguments)
        assert outcome.code == 0
        [result] = json.loads(outcome.out)["results"]
        vector: list[float] = result["embedding"]
        return vector

    @pytest.mark.parametrize(("side", "kept"), [("end", slice(22)), ("start", slice(8, None))])
    def test_tokens_are_cut_at_the_side_that_is_asked_for(self, run: Run, side: str, kept: slice) -> None:
        expected = self.vector(run, " ".join(self.LONG.split()[kept]))

        assert self.vector(run, self.LONG, "--truncate", side) == pytest.approx(expected, abs=1e-6)

    def test_error_refuses_with_both_numbers(self, run: Run) -> None:
        outcome = run("sentence_embedding", "infer", "a", self.LONG, "--truncate", "error")

        message = "text 2: has 32 tokens, the model takes 24: shorten it or allow --truncate end"
        assert outcome == (1, "", f"error: {message}\n")

    def test_json_lines_say_how_many_tokens_were_cut(self, run: Run) -> None:
        outcome = run("sentence_embedding", "infer", "a", self.LONG, "-f", "jsonl")

        assert outcome.err == "note: text 2 of 2: 8 tokens past the model's limit were cut off\n"
        assert [row.get("cut") for row in objects(outcome.out)] == [None, 8]

    def test_many_are_counted_rather_than_listed(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "x").write_text(f"{self.LONG}\n" * 100)

        outcome = run("sentence_embedding", "infer", "-i", str(tmp_path / "x"))

        assert len(outcome.err.splitlines()) == 6
        assert outcome.err.endswith("note: 100 texts were over the model's limit, 800 tokens were cut off in all\n")

    def test_in_a_stream_an_error_has_its_line(self, run: Run, pipe: Callable[[bytes], None]) -> None:
        pipe(f"a\n{self.LONG}\n".encode())

        outcome = run("sentence_embedding", "infer", "--truncate", "error")

        assert len(objects(outcome.out)) == 1
        assert outcome.err.startswith("error: standard input: line 2: has 32 tokens, the model takes 24")


class _Options:
    batch_size = 10
    on_error = "stop"
    truncate = None


def test_a_stream_is_read_no_further_than_a_batch(executables: dict[str, Path]) -> None:
    taken = 0

    def endless() -> Iterator[Record]:
        nonlocal taken
        while True:
            taken += 1
            yield Record("", taken, "a")

    options: Namespace = _Options()  # type: ignore[assignment]  # as argparse gives them
    batches = Feed(endless(), model(executables, "sentence_embedding").tokenize, options).batches()

    assert [len(next(batches)) for _ in range(3)] == [10, 10, 10]
    assert taken == 30


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    progress = Progress()
    progress._last -= 1
    progress.advance(1200, 0.25)
    progress.clear()

    first, second, end = terminal.getvalue().split("\r")[1:]
    assert first.startswith(" 25%  1,200 texts, ")
    assert (second, end) == (" " * len(first), "")


def test_there_is_no_progress_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    progress = Progress()
    progress._last -= 1
    progress.advance(1200, None)
    progress.clear()

    assert log.getvalue() == ""
