"""Entities against transformers' pipeline (tests/fixtures/make_entities.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.loading import unknown_id
from encoderfile_runtime.tasks.entities import AGGREGATIONS, Entity, continuations, entities
from encoderfile_runtime.tokenizer import Encoding

FIXTURE = json.loads((Path(__file__).parent.parent / "fixtures" / "entities.json").read_text("utf-8"))
LABELS = dict(enumerate(FIXTURE["labels"]))


def find(case: dict[str, Any], aggregation: str) -> list[Entity]:
    encoding = Encoding(
        ids=case["ids"],
        type_ids=[0] * len(case["ids"]),
        tokens=case["tokens"],
        offsets=[(start, end) for start, end in case["offsets"]],
        special=[bool(value) for value in case["special"]],
        cut=0,
    )
    logits = np.array(case["logits"], np.float32)
    continues = continuations(case["text"], encoding, "##", FIXTURE["unknown"])
    return entities(case["text"], encoding, logits, LABELS, aggregation, continues=continues)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("case", FIXTURE["cases"])
def test_entities_are_those_of_transformers(case: dict[str, Any], aggregation: str) -> None:
    expected = case["entities"][aggregation]
    actual = find(case, aggregation)
    assert [(item.label, item.start, item.end) for item in actual] == [
        (label, start, end) for label, _, start, end in expected
    ]
    np.testing.assert_allclose([item.score for item in actual], [score for _, score, _, _ in expected], atol=1e-5)


def test_an_entity_says_where_it_is_in_characters_and_in_bytes() -> None:
    for case in FIXTURE["cases"]:
        text = case["text"]
        for item in find(case, "simple"):
            assert item.text == text[item.start : item.end]
            assert item.text.encode() == text.encode()[item.byte_start : item.byte_end]


def test_without_a_prefix_a_token_continues_a_word_where_no_space_is_between() -> None:
    encoding = Encoding([5, 6, 7], [0] * 3, ["a", "b", "c"], [(0, 1), (1, 2), (3, 4)], [False] * 3, 0)
    assert continuations("ab c", encoding, None, None) == [False, True, False]


def test_a_space_before_the_token_before_it_separates_nothing() -> None:
    encoding = Encoding([5, 6, 7], [0] * 3, ["a", "b", "c"], [(0, 1), (2, 3), (3, 4)], [False] * 3, 0)
    assert continuations("a bc", encoding, None, None) == [False, False, True]


def test_an_unknown_token_continues_no_word() -> None:
    encoding = Encoding([5, 6], [0] * 2, ["a", "[UNK]"], [(0, 1), (1, 2)], [False] * 2, 0)
    assert continuations("ab", encoding, "##", 6) == [False, False]
    assert continuations("ab", encoding, None, 6) == [False, False]


@pytest.mark.parametrize(
    ("model", "unknown"),
    [
        ({"type": "Unigram", "unk_id": 1, "vocab": [["a", -1.0], ["<unk>", 0.0]]}, 1),
        ({"type": "Unigram", "unk_id": None, "vocab": [["a", -1.0]]}, None),
        ({"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"a": 0, "[UNK]": 3}}, 3),
        ({"type": "BPE", "unk_token": None, "vocab": {"a": 0}}, None),
    ],
)
def test_the_unknown_token_is_the_one_that_the_kind_of_model_names(model: dict[str, Any], unknown: int | None) -> None:
    assert unknown_id(model) == unknown


def joined(first: str, second: str, *, names: tuple[str, ...] = ()) -> list[str]:
    """The labels of the entities in two words, the first and second surely of these classes."""
    encoding = Encoding([5, 6], [0] * 2, ["a", "b"], [(0, 1), (2, 3)], [False] * 2, 0)
    logits = np.array([[9, 0], [0, 9]], np.float32)
    labels = dict(enumerate(names or (first, second)))
    return [item.label for item in entities("a b", encoding, logits, labels, "simple", continues=[False] * 2)]


@pytest.mark.parametrize(
    ("first", "second", "labels"),
    [
        pytest.param("B-PER", "I-PER", ["PER"], id="continued"),
        pytest.param("B-PER", "B-PER", ["PER", "PER"], id="begun-again"),
        pytest.param("I-PER", "I-GER", ["PER", "GER"], id="classes-that-end-alike"),
        pytest.param("PER", "GER", ["PER", "GER"], id="plain-classes-that-end-alike"),
        pytest.param("B-part-of", "I-part-of", ["part-of"], id="hyphens"),
        pytest.param("O", "B-PER", ["PER"], id="outside"),
    ],
)
def test_neighbours_of_one_class_are_joined(first: str, second: str, labels: list[str]) -> None:
    assert labels == joined(first, second)


def test_a_class_without_a_name_is_named_as_transformers_does() -> None:
    assert joined("", "", names=("PER",)) == ["PER", "LABEL_1"]


def test_an_unknown_aggregation_is_refused() -> None:
    with pytest.raises(
        UsageError, match="aggregation: expected one of none, simple, first, average, max, found 'best'"
    ):
        find(FIXTURE["cases"][0], "best")
