"""`./FILE similarity`, `rank` and `search`, with a bi-encoder and a cross-encoder."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support import task_repos
from support.task_repos import write_task_repo

import encoderfile_runtime
from encoderfile_runtime.cli.best import Best
from encoderfile_runtime.cli.records import Record
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run

    from encoderfile_runtime.model import Model

DOCUMENTS = ["one text", "the model runs", "a file", "text"]
LONG = "a " * 30


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_repos, "LABELS", {"0": "fits"})
        [spec] = read_spec(write_task_repo(tmp_path_factory.mktemp("cross"), "sequence_classification"))
    return build(spec, target="portable").path


@pytest.fixture
def embedder(executables: dict[str, Path]) -> Model:
    return encoderfile_runtime.load(executables["sentence_embedding"])


def objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


class TestSimilarity:
    def test_it_is_the_cosine(self, run: Run, embedder: Model) -> None:
        a, b = embedder.encode(["one text", "the model"])

        assert run("sentence_embedding", "similarity", "one text", "the model") == (0, f"{a @ b:.4f}\n", "")
        assert run("sentence_embedding", "similarity", "one text", "one text").out == "1.0000\n"

    def test_json_has_what_was_cut(self, run: Run) -> None:
        outcome = run("sentence_embedding", "similarity", LONG, "a", "--json")

        assert outcome.err == "note: A: 8 tokens past the model's limit were cut off\n"
        found = json.loads(outcome.out)
        assert (list(found), found["cut"]) == (["similarity", "cut"], [8, 0])

    def test_what_may_not_be_cut_is_refused(self, run: Run) -> None:
        outcome = run("sentence_embedding", "similarity", "a", LONG, "--truncate", "error")

        message = "B: has 32 tokens, the model takes 24: shorten it or allow --truncate end"
        assert outcome == (1, "", f"error: {message}\n")

    def test_another_model_is_refused(self, run: Run) -> None:
        message = "error: tiny: expected a model for sentence_embedding, found embedding\n"
        assert run("embedding", "similarity", "a", "b") == (2, "", message)


class TestRank:
    @pytest.mark.parametrize("kind", ["bi-encoder", "cross-encoder"])
    def test_documents_are_ranked_as_the_library_ranks_them(
        self, run: Run, executables: dict[str, Path], cross_encoder: Path, kind: str
    ) -> None:
        path = cross_encoder if kind == "cross-encoder" else executables["sentence_embedding"]

        found = objects(run(path, "rank", "text", *DOCUMENTS, "--json").out)

        expected = encoderfile_runtime.load(path).rank("text", DOCUMENTS)
        assert [row["number"] - 1 for row in found] == [item.document for item in expected]
        assert [row["score"] for row in found] == pytest.approx([item.score for item in expected], abs=1e-5)
        assert [row["text"] for row in found] == [DOCUMENTS[item.document] for item in expected]
        assert [row["rank"] for row in found] == [1, 2, 3, 4]

    @pytest.mark.parametrize("batch_size", ["1", "256"])
    def test_documents_come_from_a_file_too(self, run: Run, tmp_path: Path, batch_size: str) -> None:
        path = tmp_path / "x.jsonl"
        path.write_text("".join(json.dumps({"text": text, "key": text[:2]}) + "\n" for text in DOCUMENTS))
        expected = objects(run("sentence_embedding", "rank", "text", *DOCUMENTS, "--json").out)

        outcome = run(
            "sentence_embedding", "rank", "text", "-i", str(path), "--json", "-k", "2", "--batch-size", batch_size
        )

        found = objects(outcome.out)
        assert [row.pop("key") for row in found] == [row["text"][:2] for row in found]
        assert [(row["rank"], row["text"]) for row in found] == [(row["rank"], row["text"]) for row in expected[:2]]

    def test_people_see_score_number_and_text(self, run: Run) -> None:
        outcome = run("sentence_embedding", "rank", "a\tfile", "one", "a\tfile\x1b[31m", "a file")

        assert (outcome.code, outcome.err) == (0, "")
        rows = [line.split(maxsplit=2) for line in outcome.out.splitlines()]
        assert rows[0] == ["1.0000", "3", "a file"]
        assert "a file\\x1b[31m" in [row[2] for row in rows]

    @pytest.mark.parametrize("cross", [False, True])
    def test_what_is_cut_is_noted(self, run: Run, cross_encoder: Path, cross: bool) -> None:
        path: Any = cross_encoder if cross else "sentence_embedding"

        assert run(path, "rank", "a", LONG).err == (
            f"note: text 1 of 1: {10 if cross else 8} tokens past the model's limit were cut off\n"
        )
        assert "8 tokens past" in run("sentence_embedding", "rank", LONG, "a").err
        outcome = run(path, "rank", LONG, "a", "--truncate", "error")
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1 if cross else 2, "", 1)

    @pytest.mark.parametrize("model_type", ["embedding", "token_classification", "sequence_classification"])
    @pytest.mark.parametrize("command", [["rank", "a", "b"], ["search", "a", os.devnull]])
    def test_other_models_are_refused(self, run: Run, model_type: str, command: list[str]) -> None:
        outcome = run(model_type, *command)

        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert outcome.err.startswith("error: tiny: ")

    def test_no_documents_are_a_usage_error(self, run: Run) -> None:
        outcome = run("sentence_embedding", "rank", "a")

        assert (outcome.code, outcome.out) == (2, "")
        assert "the following arguments are required: DOC, -i FILE or lines on standard input" in outcome.err


class TestSearch:
    @pytest.fixture
    def files(self, tmp_path: Path) -> list[str]:
        (tmp_path / "a.txt").write_text("one text\n\n  \nthe model runs\none text\n")
        (tmp_path / "b.txt").write_text("  a file\r\none text\n")
        return [str(tmp_path / name) for name in ("a.txt", "b.txt")]

    def test_the_best_lines_are_shown_with_their_places(self, run: Run, files: list[str], embedder: Model) -> None:
        outcome = run("sentence_embedding", "search", "one text", *files)

        cosines = {text: score for text, score in zip(DOCUMENTS, embedder.encode(DOCUMENTS) @ embedder.encode(["one text"])[0])}  # fmt: skip  # noqa: B905, C416
        places = {"the model runs": f"{files[0]}:4: the model runs", "a file": f"{files[1]}:1: a file"}
        rest = sorted(places, key=lambda text: -float(cosines[text]))
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.splitlines() == [
            f"  1.0000  {files[0]}:1: one text  (and 2 more)",
            *(f"{cosines[text]:8.4f}  {places[text]}" for text in rest),
        ]

    @pytest.mark.parametrize("top", [1, 2, 3, 9])
    def test_no_more_than_asked_for_are_shown(self, run: Run, files: list[str], top: int) -> None:
        everything = objects(run("sentence_embedding", "search", "one text", *files, "--json").out)

        found = objects(run("sentence_embedding", "search", "one text", *files, "--json", "-k", str(top)).out)

        assert found == everything[:top]

    def test_json_has_file_line_and_repeats(self, run: Run, files: list[str]) -> None:
        first = objects(run("sentence_embedding", "search", "one text", *files, "--json").out)[0]

        assert first == {"score": 1.0, "file": files[0], "line": 1, "text": "one text", "repeats": 2}

    def test_standard_input_can_be_searched(self, run: Run, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        with open(files[0], encoding="utf-8") as file:  # noqa: PTH123 - as short
            monkeypatch.setattr(sys, "stdin", file)
            outcome = run("sentence_embedding", "search", "one text", "-k", "1")

        assert outcome.out == "  1.0000  standard input:1: one text  (and 1 more)\n"

    def test_what_cannot_be_read_is_skipped_and_noted(self, run: Run, files: list[str], tmp_path: Path) -> None:
        (tmp_path / "c.txt").write_bytes(b"a\n\xff\n")
        gone, broken = str(tmp_path / "gone"), str(tmp_path / "c.txt")

        outcome = run("sentence_embedding", "search", "a", gone, broken, *files)

        assert (outcome.code, len(outcome.out.splitlines())) == (1, 4)
        assert outcome.err.splitlines() == [
            f"note: {gone}: No such file or directory; skipped",
            f"note: {broken}: line 2: byte 1 is 0xff, which is not UTF-8: convert it; skipped",
            "note: 2 texts were skipped",
        ]
        stopped = run("sentence_embedding", "search", "a", *files, gone, "--on-error", "stop")
        assert stopped == (1, "", f"error: {gone}: No such file or directory\n")

    def test_a_file_that_is_no_text_is_no_flood(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"\xff\n" * 1000)

        outcome = run("sentence_embedding", "search", "a", str(tmp_path / "x"))

        assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 21)
        assert outcome.err.endswith("note: 1000 texts were skipped\n")

    def test_options_may_stand_anywhere(self, run: Run, files: list[str]) -> None:
        expected = run("sentence_embedding", "search", "--top", "2", "one text", *files)

        assert run("sentence_embedding", "search", "one text", "--top", "2", *files) == expected
        assert run("sentence_embedding", "search", "one text", "-k2", *files, "--batch-size=1") == expected
        assert run("sentence_embedding", "search", "one text", files[0], "--top", "2", files[1]) == expected
        assert len(expected.out.splitlines()) == 2

    def test_a_query_that_begins_with_a_dash_needs_the_separator(self, run: Run, files: list[str]) -> None:
        assert run("sentence_embedding", "search", "--top", "1", "--", "-a", *files).code == 0

    def test_no_file_is_a_usage_error(self, run: Run) -> None:
        outcome = run("sentence_embedding", "search", "a")

        assert (outcome.code, outcome.out) == (2, "")
        assert "the following arguments are required: FILE, or lines on standard input" in outcome.err

    def test_an_empty_query_is_refused(self, run: Run, files: list[str]) -> None:
        outcome = run("sentence_embedding", "search", "", *files)

        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)


def test_the_best_are_those_that_sorting_gives() -> None:
    scores = [(index * 7919) % 101 / 10 for index in range(1000)]
    best, merged = Best(20), Best(None, merge=True)
    for number, score in enumerate(scores):
        best.add(Record("", number, f"{score}"), score)
        merged.add(Record("", number, f"{score}"), score)

    expected = sorted(range(1000), key=lambda number: (-scores[number], number))[:20]
    assert [hit.record.number for hit in best.sorted()] == expected
    assert [hit.score for hit in merged.sorted()] == sorted({*scores}, reverse=True)
    assert sum(hit.repeats + 1 for hit in merged.sorted()) == 1000
