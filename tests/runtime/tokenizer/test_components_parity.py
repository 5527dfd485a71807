"""Every other component gives what the `tokenizers` library gives, alone and in sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

REPLACE = {"type": "Replace", "pattern": {"String": "a"}, "content": "bcd"}
NORMALIZERS: dict[str, list[Definition]] = {
    "Lowercase": [{"type": "Lowercase"}],
    "NFC": [{"type": "NFC"}],
    "NFD": [{"type": "NFD"}],
    "NFKC": [{"type": "NFKC"}],
    "NFKD": [{"type": "NFKD"}],
    "StripAccents": [{"type": "StripAccents"}],
    "Strip": [{"type": "Strip", "strip_left": True, "strip_right": True}],
    "Strip left": [{"type": "Strip", "strip_left": True, "strip_right": False}],
    "Strip right": [{"type": "Strip", "strip_left": False, "strip_right": True}],
    "Strip nothing": [{"type": "Strip", "strip_left": False, "strip_right": False}],
    "Replace": [REPLACE],
    "Replace with nothing": [{**REPLACE, "content": ""}],
    "Replace some characters": [{**REPLACE, "pattern": {"String": "an"}}],
    "Replace white space": [{**REPLACE, "pattern": {"String": " "}, "content": "\u2581"}],
    "Prepend": [{"type": "Prepend", "prepend": "\u2581x"}],
    "NFD, StripAccents, Lowercase": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}],
    "NFKD, NFC": [{"type": "NFKD"}, {"type": "NFC"}],
    "NFD, NFKC": [{"type": "NFD"}, {"type": "NFKC"}],
    "Lowercase, NFKC, Replace, Prepend": [
        {"type": "Lowercase"},
        {"type": "NFKC"},
        REPLACE,
        {"type": "Prepend", "prepend": "a"},
    ],
    "Sequence in a Sequence": [{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}]}],
    "no normalizer in a Sequence": [],
}
BEHAVIORS = ("Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")
PRE_TOKENIZERS: dict[str, list[Definition]] = {
    "BertPreTokenizer": [{"type": "BertPreTokenizer"}],
    "Whitespace": [{"type": "Whitespace"}],
    "WhitespaceSplit": [{"type": "WhitespaceSplit"}],
    "FixedLength": [{"type": "FixedLength", "length": 3}],
    "FixedLength as it is without a length": [{"type": "FixedLength"}],
    "Punctuation": [{"type": "Punctuation"}],
    **{f"Punctuation {behavior}": [{"type": "Punctuation", "behavior": behavior}] for behavior in BEHAVIORS},
    "Digits": [{"type": "Digits", "individual_digits": False}],
    "Digits one by one": [{"type": "Digits", "individual_digits": True}],
    "WhitespaceSplit, Digits, Punctuation": [
        {"type": "WhitespaceSplit"},
        {"type": "Digits", "individual_digits": True},
        {"type": "Punctuation", "behavior": "MergedWithNext"},
    ],
    "Sequence in a Sequence": [{"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}]}],
    "no pre-tokenizer in a Sequence": [],
}
DOTS = ["", ".", "..a", "a..", "-a--b.c-", "1.2", "a1b22", "12 34", "...", " . "]


@pytest.mark.parametrize("name", NORMALIZERS)
def test_normalizers(name: str, bert: Definition, sentences: list[str], random_texts: list[str], same: Compare) -> None:
    normalizers = NORMALIZERS[name]
    normalizer = normalizers[0] if len(normalizers) == 1 else {"type": "Sequence", "normalizers": normalizers}
    same(
        {**bert, "normalizer": normalizer}, [*sentences, *random_texts[:500], "", " ", "aaa", "banana  an", " \u00e9 "]
    )


@pytest.mark.parametrize("name", PRE_TOKENIZERS)
@pytest.mark.parametrize("normalizer", [None, {"type": "NFD"}], ids=["", "NFD"])
def test_pre_tokenizers(
    name: str,
    normalizer: Definition | None,
    bert: Definition,
    sentences: list[str],
    random_texts: list[str],
    same: Compare,
) -> None:
    parts = PRE_TOKENIZERS[name]
    pre_tokenizer = parts[0] if len(parts) == 1 else {"type": "Sequence", "pretokenizers": parts}
    definition = {**bert, "normalizer": normalizer, "pre_tokenizer": pre_tokenizer}
    same(definition, [*sentences, *random_texts[:200], *DOTS])


@pytest.mark.parametrize("pre_tokenizer", [None, {"type": "Whitespace"}], ids=["one word", "words"])
def test_word_level(pre_tokenizer: Definition | None, bert: Definition, sentences: list[str], same: Compare) -> None:
    words = {word: number for number, word in enumerate(["[UNK]", *sorted({w for s in sentences for w in s.split()})])}
    model = {"type": "WordLevel", "unk_token": "[UNK]", "vocab": words}
    definition = {**bert, "added_tokens": [], "normalizer": None, "pre_tokenizer": pre_tokenizer, "model": model}
    same({**definition, "post_processor": None}, [*sentences, "", "a", "The fox"])


def test_template_that_adds_several_tokens_and_repeats_a_sequence(bert: Definition, same: Compare) -> None:
    tag = {"id": "tag", "ids": [4, 3], "tokens": ["one", "two"]}
    a, b = ({"Sequence": {"id": name, "type_id": number}} for number, name in ((7, "A"), (2, "B")))
    special = {"SpecialToken": {"id": "tag", "type_id": 5}}
    processor = {
        "type": "TemplateProcessing",
        "single": [a, special, a],
        "pair": [special, b, a, special],
        "special_tokens": {"tag": tag},
    }
    same({**bert, "post_processor": processor}, ["", "a fox", ("a fox", "b"), ("", "b")])
