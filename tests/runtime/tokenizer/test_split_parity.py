"""Split and Replace, with strings and with regular expressions, give what the `tokenizers` library gives."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from support.regular_expressions import REGULAR_EXPRESSIONS

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

BEHAVIORS = ("Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")
TEXTS = [
    "",
    "-",
    "--a",
    "a--",
    "-a--b.c-",
    "a - b -- c",
    "...",
    "x-",
    "don't I'LL WE'Re 'ſx \u212aK",
    "12345 678,9",
    "a\r\n\r\n b \n c\n",
    "  x  \t y",
    "a\x1cb\x85c",
    "\U0001d400\U00020000 x",
]
REFUSED = {
    "empty": ("", "it can match the empty string"),
    "may be empty": ("a*", "it can match the empty string"),
    "only looks": ("(?=a)", "it can match the empty string"),
    "an atomic group with choices": ("(?>a|ab)+c", "an atomic group with choices"),
    "repeated emptiness": ("(a?)*b", "is repeated that may be empty"),
    "back reference": (r"(a)\1", r"'\1'"),
    "a script": (r"\p{Han}", "the property at"),
    "unassigned": (r"\p{Cn}", "the property at"),
    "word boundary": (r"\ba", r"'\b'"),
    "hexadecimal digit": (r"\h", r"'\h'"),
    "named group": ("(?<x>a)", "the group at 0"),
    "inline flags": ("(?i)a", "the group at 0"),
    "intersection": ("[a-z&&b]", "'&&' in a class"),
    "posix": ("[[:alpha:]]", "'[:' in a class"),
    "range of classes": (r"[\d-z]", "a range of more than characters"),
    "no end": ("(a", "a group has no end"),
    "no end of a class": ("[a", "it ends too early"),
    "no begin": ("a)", "')' at 1 closes nothing"),
    "nothing repeated": ("*a", "'*' at 0 repeats nothing"),
    "greedy of greedy": ("a{2}+", "'+' after '{2}'"),
    "double": ("a+*", "one quantifier after another"),
    "lookbehind of any length": ("(?<=a+)b", "a look-behind that may be of several lengths"),
    "one character for two letters": ("(?i:ss)", "letters under (?i)"),
    "nested too deep": ("(?:" * 5000 + "a" + ")" * 5000, "nested too deep"),
    "endless": ("a{99999999999}", "the repetition number is too large"),
}  # fmt: skip


def split(pattern: Definition, behavior: str = "Isolated", *, invert: bool = False) -> Definition:
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


@pytest.mark.parametrize("invert", [False, True], ids=["", "inverted"])
@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("pattern", [{"String": "-"}, {"String": "--"}, {"Regex": r"-|\."}, {"Regex": "-+"}], ids=str)
def test_every_behavior(
    pattern: Definition, behavior: str, invert: bool, bert: Definition, random_texts: list[str], same: Compare
) -> None:
    definition = {**bert, "normalizer": None, "pre_tokenizer": split(pattern, behavior, invert=invert)}
    same(definition, [*TEXTS, *random_texts[:60]])


@pytest.mark.parametrize("name", REGULAR_EXPRESSIONS)
def test_regular_expressions(
    name: str, bert: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    definition = {**bert, "normalizer": None, "pre_tokenizer": split({"Regex": REGULAR_EXPRESSIONS[name]})}
    same(definition, [*sentences, *TEXTS, *random_texts[:400]])


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_translation_is_refused(name: str, bert: Definition) -> None:
    pattern, reason = REFUSED[name]
    with pytest.raises(FaultsError) as caught:
        Tokenizer.from_json({**bert, "pre_tokenizer": split({"Regex": pattern})})
    (fault,) = caught.value.faults
    assert fault.startswith("pre_tokenizer.pattern.Regex: is not supported: ")
    assert reason in fault
    assert len(fault) < 200


@pytest.mark.parametrize("content", ["", " ", "xyz"], ids=repr)
@pytest.mark.parametrize("pattern", [r" {2,}", r"\s+", r"\p{L}(?=\p{M})", r"[\n\r]|a"])
def test_replace(
    pattern: str, content: str, bert: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    normalizer = {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}
    same({**bert, "normalizer": normalizer}, [*sentences, *TEXTS, *random_texts[:200]])


@pytest.mark.parametrize("delimiter", ["-", " ", "."])
def test_char_delimiter_split(delimiter: str, bert: Definition, sentences: list[str], same: Compare) -> None:
    definition = {**bert, "pre_tokenizer": {"type": "CharDelimiterSplit", "delimiter": delimiter}}
    same(definition, [*sentences[:5], *TEXTS])


def test_sequences(bert: Definition, sentences: list[str], random_texts: list[str], same: Compare) -> None:
    parts = [
        split({"Regex": r"\p{N}{1,3}"}),
        split({"String": " "}, "MergedWithNext"),
        split({"Regex": r"[^\p{L}]"}, "Removed", invert=True),
        {"type": "Digits", "individual_digits": True},
    ]
    for chosen in itertools.permutations(parts, 2):
        definition = {**bert, "pre_tokenizer": {"type": "Sequence", "pretokenizers": list(chosen)}}
        same(definition, [*sentences, *TEXTS, *random_texts[:50]])
