"""`./FILE classify`, `tokenize` and `bench`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import VOCABULARY
from support.task_repos import LABELS

import encoderfile_runtime
from hatch_encoderfile.files.blob import BytesBlob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run

TEXTS = ["the model", "one file runs, é!"]


def objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


class TestClassify:
    def test_classes_come_with_their_probabilities(self, run: Run, executables: dict[str, Path]) -> None:
        outcome = run("sequence_classification", "classify", *TEXTS, "--json")

        expected = encoderfile_runtime.load(executables["sequence_classification"]).classify(TEXTS)
        assert (outcome.code, outcome.err) == (0, "")
        for row, labels in zip(objects(outcome.out), expected, strict=True):
            assert [item["label"] for item in row["labels"]] == [item.label for item in labels]
            assert [item["score"] for item in row["labels"]] == pytest.approx([i.score for i in labels], abs=1e-5)

    def test_people_see_a_line_a_text(self, run: Run) -> None:
        lines = run("sequence_classification", "classify", *TEXTS, "--top", "1").out.splitlines()

        assert [line.split("\t")[0] for line in lines] == ["1", "2"]
        assert all(line.split("\t")[1].rsplit(" ", 1)[0] in LABELS.values() for line in lines)

    def test_entities_are_named_with_their_places(self, run: Run, executables: dict[str, Path]) -> None:
        model = encoderfile_runtime.load(executables["token_classification"])

        for aggregation in ("none", "simple"):
            rows = objects(run("token_classification", "classify", *TEXTS, "--json", "--aggregation", aggregation).out)
            shown = run("token_classification", "classify", *TEXTS, "--aggregation", aggregation).out.splitlines()

            expected = model.entities(TEXTS, aggregation=aggregation)
            assert [[item["text"] for item in row["entities"]] for row in rows] == [
                [item.text for item in entities] for entities in expected
            ]
            assert len(shown) == sum(map(len, expected))
            first = expected[0][0]
            assert shown[0] == f"1\t{first.start}-{first.end}\t{first.label} {first.score:.4f}\t{first.text}"

    def test_lines_with_faults_keep_their_place_in_json(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "x.jsonl").write_text('{"text": "a", "id": 1}\n{"id": 2}\n"the"\n')

        outcome = run(
            "sequence_classification", "classify", "-i", str(tmp_path / "x.jsonl"), "--json", "--on-error", "skip"
        )

        assert outcome.code == 1
        assert [list(row) for row in objects(outcome.out)] == [["id", "labels"], ["id", "error"], ["labels"]]

    @pytest.mark.parametrize("model_type", ["embedding", "sentence_embedding"])
    def test_other_models_are_refused(self, run: Run, model_type: str) -> None:
        message = (
            f"tiny: expected a model for sequence_classification or token_classification, found {model_type}: "
        ).removesuffix(": ")
        assert run(model_type, "classify", "a") == (2, "", f"error: {message}\n")


class TestTokenize:
    def test_tokens_ids_and_places_are_shown(self, run: Run) -> None:
        outcome = run("sentence_embedding", "tokenize", "é the", "a")

        assert (outcome.code, outcome.err) == (0, "")
        rows = [line.split() for line in outcome.out.splitlines()]
        ids = [str(VOCABULARY.index(token)) for token in ("[CLS]", "e", "the", "[SEP]", "a")]
        assert rows == [
            ["id", "start", "end", "token"],
            [ids[0], "0", "0", "[CLS]"],
            [ids[1], "0", "2", "e"],
            [ids[2], "3", "6", "the"],
            [ids[3], "0", "0", "[SEP]"],
            [],
            ["id", "start", "end", "token"],
            [ids[0], "0", "0", "[CLS]"],
            [ids[4], "0", "1", "a"],
            [ids[3], "0", "0", "[SEP]"],
        ]

    def test_json_is_the_encoding(self, run: Run, executables: dict[str, Path]) -> None:
        texts = [*TEXTS, "a " * 30]

        outcome = run("embedding", "tokenize", *texts, "--json", "--offsets", "characters")

        expected = encoderfile_runtime.load(executables["embedding"]).tokenize(texts)
        rows = [{key: value for key, value in item._asdict().items() if key != "prompt"} for item in expected]
        assert objects(outcome.out) == json.loads(json.dumps(rows))
        assert objects(outcome.out)[2]["cut"] == 8

    def test_pairs_and_faults_come_in_json_lines(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "x.jsonl").write_text('{"text": "a", "text_pair": "the"}\n7\n')

        outcome = run("embedding", "tokenize", "-i", str(tmp_path / "x.jsonl"), "--json", "--on-error", "skip")

        pair, fault = objects(outcome.out)
        assert pair["tokens"] == ["[CLS]", "a", "[SEP]", "the", "[SEP]"]
        assert list(fault) == ["error"]

    def test_the_side_that_is_cut_can_be_chosen(self, run: Run) -> None:
        text = " ".join("abcdefghijklmnopqrstuvwxyz")

        kept = {
            side: objects(run("embedding", "tokenize", text, "--json", "--truncate", side).out)[0]["tokens"][1:-1]
            for side in ("end", "start")
        }

        assert kept == {"end": text.split()[:22], "start": text.split()[-22:]}


class TestBench:
    @pytest.mark.parametrize("model_type", ["sentence_embedding", "token_classification"])
    def test_figures_have_names(self, run: Run, model_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("encoderfile_runtime.commands.bench._CORPUS", 8)
        monkeypatch.setattr("encoderfile_runtime.commands.bench._median", lambda call, _: (call(), 0.5)[1])

        figures = json.loads(run(model_type, "bench", "--json", "--threads", "2").out)

        assert list(figures) == [
            "model",
            "machine",
            "python",
            "numpy",
            "blas_kernels",
            "load_ms",
            "one_text_of_16_tokens_ms",
            "texts_per_second_1_thread",
            "tokens_per_second_1_thread",
            "texts_per_second_2_threads",
            "tokens_per_second_2_threads",
        ]
        assert (figures["one_text_of_16_tokens_ms"], figures["texts_per_second_1_thread"]) == (500, 16)

    def test_people_see_a_line_a_figure(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("encoderfile_runtime.commands.bench._median", lambda *_: 0.001)

        lines = run("sentence_embedding", "bench", "--threads", "1").out.splitlines()

        assert lines[0].split() == ["model", "tiny"]
        assert lines[-2].split() == ["texts", "per", "second", "1", "thread", "256,000"]


@pytest.mark.parametrize("content", [b"{}", b'{"tokenizer":[]}'], ids=["no key", "no object"])
def test_a_tokenizer_artifact_without_a_tokenizer_is_a_line(
    run: Run, make_tiny: Callable[..., Path], content: bytes
) -> None:
    path = make_tiny(artifacts=dict.fromkeys(("weights", "model_config", "tokenizer"), BytesBlob(content)))

    outcome = run(path, "tokenize", "a")

    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == f"error: {path}: tokenizer: expected an object with a tokenizer.json as its 'tokenizer'\n"
