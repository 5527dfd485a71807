"""BERT's tokenizers give what the `tokenizers` library gives."""

from __future__ import annotations

import itertools
import json
import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

OPTIONS = [
    dict(zip(("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"), values, strict=True))
    for values in itertools.product((True, False), (True, False), (None, True, False), (True, False))
]


def named(options: dict[str, bool | None]) -> str:
    return ",".join(f"{name}={value}" for name, value in options.items())


def code_points(step: int) -> Iterator[str]:
    """Assigned code points between letters, many to a text; of long blocks of like characters one in `step`."""
    words = []
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        alike = 0x3400 <= code < 0xA000 or 0xAC00 <= code < 0xD7A4 or 0xE000 <= code < 0xF900 or code >= 0x17000
        if category not in ("Cn", "Cs") and not (alike and code % step):
            words.append(f"a{chr(code)}b")
        if len(words) == 256:
            yield " ".join(words)
            words = []
    yield " ".join(words)


def test_natural_text_in_many_scripts(bert: Definition, sentences: list[str], same: Compare) -> None:
    same(bert, sentences)


def test_random_text(bert: Definition, random_texts: list[str], same: Compare) -> None:
    same(bert, random_texts)


@pytest.mark.parametrize("options", OPTIONS, ids=named)
def test_every_option_of_the_normalizer(
    options: dict[str, bool | None], bert: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    same({**bert, "normalizer": {"type": "BertNormalizer", **options}}, [*sentences, *random_texts[:200]])


@pytest.mark.parametrize("lowercase", [True, False], ids=["uncased", "cased"])
def test_code_points_between_letters(lowercase: bool, bert: Definition, same: Compare) -> None:
    same({**bert, "normalizer": {**bert["normalizer"], "lowercase": lowercase}}, code_points(61))


@pytest.mark.slow
def test_every_code_point_between_letters(bert: Definition, same: Compare) -> None:
    same(bert, code_points(1))


def test_pairs(bert: Definition, sentences: list[str], same: Compare) -> None:
    same(bert, [*itertools.pairwise(sentences), ("", ""), ("a", ""), ("", "b")])


def test_bert_processing(bert: Definition, sentences: list[str], vocabulary: dict[str, int], same: Compare) -> None:
    tokens = {"cls": ["[CLS]", vocabulary["[CLS]"]], "sep": ["[SEP]", vocabulary["[SEP]"]]}
    definition = {**bert, "post_processor": {"type": "BertProcessing", **tokens}}
    same(definition, [*sentences, *itertools.pairwise(sentences)])


def test_no_post_processor(bert: Definition, sentences: list[str], same: Compare) -> None:
    same({**bert, "post_processor": None}, [*sentences, *itertools.pairwise(sentences)])


@pytest.mark.parametrize("limit", [0, 1, 5, 7])
def test_words_longer_than_a_word_may_be(limit: int, bert: Definition, sentences: list[str], same: Compare) -> None:
    same({**bert, "model": {**bert["model"], "max_input_chars_per_word": limit}}, sentences)


def test_other_prefix_of_continuing_tokens(bert: Definition, sentences: list[str], same: Compare) -> None:
    vocab = {token.replace("##", "~"): number for token, number in bert["model"]["vocab"].items()}
    if len(vocab) == len(bert["model"]["vocab"]):
        same({**bert, "model": {**bert["model"], "continuing_subword_prefix": "~", "vocab": vocab}}, sentences)


def test_real_model(sentences: list[str], random_texts: list[str], same: Compare) -> None:
    directory = os.environ.get("ENCODERFILE_TEST_MODEL")
    if not directory:
        pytest.skip("ENCODERFILE_TEST_MODEL names no model directory")
    definition = json.loads((Path(directory) / "tokenizer.json").read_text(encoding="utf-8"))
    same({**definition, "padding": None}, [*sentences, *random_texts, *itertools.pairwise(sentences)])
