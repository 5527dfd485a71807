"""`./FILE infer` on tiny files of every model type: Mozilla's HTTP API has these shapes, and its `infer` prints them."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import VOCABULARY
from support.task_repos import LABELS, MODEL_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run

TEXTS = ["the model", "one file runs, é!"]


def infer(run: Run, model_type: str, *texts: str) -> list[dict[str, Any]]:
    outcome = run(model_type, "infer", *texts)
    assert (outcome.code, outcome.err) == (0, "")
    response = json.loads(outcome.out)
    assert {key: value for key, value in response.items() if key != "results"} == {"model_id": "tiny", "metadata": {}}
    assert len(response["results"]) == len(texts)
    results: list[dict[str, Any]] = response["results"]
    return results


def numbers(value: Any) -> list[float]:
    """All numbers in a response, in order."""
    if isinstance(value, float | int):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [number for item in items for number in numbers(item)]


def test_a_sentence_embedding_is_one_vector_of_length_1(run: Run) -> None:
    results = infer(run, "sentence_embedding", *TEXTS)

    assert [list(result) for result in results] == [["embedding"], ["embedding"]]
    for result in results:
        assert len(result["embedding"]) == 16
        assert math.hypot(*result["embedding"]) == pytest.approx(1)


def test_an_embedding_is_a_vector_for_each_token(run: Run) -> None:
    [result] = infer(run, "embedding", "the model")

    assert list(result) == ["embeddings"]
    assert [list(item) for item in result["embeddings"]] == [["embedding", "token_info"]] * 2
    assert [len(item["embedding"]) for item in result["embeddings"]] == [16, 16]
    assert [item["token_info"] for item in result["embeddings"]] == [
        {"token": "the", "token_id": VOCABULARY.index("the"), "start": 0, "end": 3},
        {"token": "model", "token_id": VOCABULARY.index("model"), "start": 4, "end": 9},
    ]


def test_a_sequence_classification_is_a_label_with_its_scores(run: Run) -> None:
    for result in infer(run, "sequence_classification", *TEXTS):
        assert list(result) == ["logits", "scores", "predicted_index", "predicted_label"]
        assert result["scores"] == result["logits"]
        assert len(result["scores"]) == len(LABELS)
        best = result["scores"].index(max(result["scores"]))
        assert (result["predicted_index"], result["predicted_label"]) == (best, LABELS[str(best)])


def test_a_token_classification_is_a_label_for_each_token(run: Run) -> None:
    [result] = infer(run, "token_classification", "the model runs")

    assert list(result) == ["tokens"]
    assert [item["token_info"]["token"] for item in result["tokens"]] == ["the", "model", "runs"]
    for item in result["tokens"]:
        assert list(item) == ["token_info", "scores", "label", "score"]
        best = item["scores"].index(max(item["scores"]))
        assert (item["label"], item["score"]) == (LABELS[str(best)], item["scores"][best])


@pytest.mark.parametrize("model_type", ["embedding", "token_classification"])
def test_offsets_count_bytes_of_utf_8(run: Run, model_type: str) -> None:
    [result] = infer(run, model_type, "é the 模型 model")

    items = result["embeddings" if model_type == "embedding" else "tokens"]
    places = {item["token_info"]["token"]: (item["token_info"]["start"], item["token_info"]["end"]) for item in items}
    assert (places["the"], places["model"]) == ((3, 6), (14, 19))


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_batch_gives_what_its_texts_give_alone(run: Run, model_type: str) -> None:
    together = infer(run, model_type, *TEXTS)
    alone = [infer(run, model_type, text)[0] for text in TEXTS]

    assert numbers(together) == pytest.approx(numbers(alone), abs=1e-6)


def test_an_empty_text_is_refused_as_mozilla_refuses_it(run: Run) -> None:
    outcome = run("sentence_embedding", "infer", "the model", "")

    assert outcome == (1, "", "error: Cannot tokenize empty string: text 2 of 2 is empty\n")


def test_no_text_is_a_usage_error(run: Run) -> None:
    outcome = run("sentence_embedding", "infer")

    assert (outcome.code, outcome.out) == (2, "")
    assert "the following arguments are required: TEXT" in outcome.err


def test_white_space_is_a_text(run: Run) -> None:
    assert len(infer(run, "sentence_embedding", " ")) == 1
    assert infer(run, "embedding", " ") == [{"embeddings": []}]


def test_a_text_that_begins_with_a_dash_needs_the_separator(run: Run) -> None:
    assert run("sentence_embedding", "infer", "-the").code == 2
    assert len(json.loads(run("sentence_embedding", "infer", "--", "-the").out)["results"]) == 1


def test_what_is_cut_off_is_noted_on_stderr(run: Run) -> None:
    outcome = run("sentence_embedding", "infer", "the model", "a " * 30)

    assert outcome.code == 0
    assert outcome.err == "note: text 2: 8 tokens past the model's limit were cut off\n"
    assert len(json.loads(outcome.out)["results"]) == 2


def test_a_cut_text_gives_what_its_beginning_gives(run: Run) -> None:
    long = json.loads(run("sentence_embedding", "infer", "a " * 30).out)

    assert numbers(long) == pytest.approx(numbers(json.loads(run("sentence_embedding", "infer", "a " * 22).out)))


def test_a_text_that_is_not_unicode_is_refused(run: Run) -> None:
    outcome = run("sentence_embedding", "infer", os.fsdecode(b"\xff"))

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: character 0 of the text is U+DCFF")


def test_weights_that_this_runtime_does_not_run_are_named(run: Run, tiny: Path) -> None:
    outcome = run(tiny, "infer", "the model")

    assert outcome == (2, "", f"error: {tiny}: its weights are onnx; this runtime runs embd\n")
