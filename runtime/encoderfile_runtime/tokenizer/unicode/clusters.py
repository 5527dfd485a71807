"""Grapheme clusters (Unicode Standard Annex 29) as the `tokenizers` library has them.

Pairs of regional indicators are not joined: nothing here looks at clusters as long as those.
"""

from __future__ import annotations

import re
from functools import cache

from . import graphemes as unicode_graphemes
from .characters import CharacterSet

_CLASSES = (
    "CONTROL", "PREPEND", "EXTEND", "SPACING", "PICTOGRAPHIC", "LEADING", "VOWEL", "TRAILING", "CONSONANT",
)  # fmt: skip
_JOINER = "\u200d"


@cache
def _set(name: str) -> CharacterSet:
    return CharacterSet(getattr(unicode_graphemes, name))


@cache
def joining() -> re.Pattern[str]:
    """Finds characters that may be joined to the one before or after them; without these, each is a cluster."""
    names = ("PREPEND", "EXTEND", "SPACING", "VOWEL", "TRAILING", "LEADING")
    return re.compile(f"[\r{''.join(_set(name).pattern() for name in names)}]")


@cache
def _kind(character: str) -> str:
    if 0xAC00 <= ord(character) < 0xD7A4:
        return "SYLLABLE" if (ord(character) - 0xAC00) % 28 else "OPEN_SYLLABLE"
    return next((name for name in _CLASSES if character in _set(name)), "")


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text."""
    found: list[str] = []
    start = 0
    before = "CONTROL"
    pictographic = conjunct = ""  # how far the cluster has come in a sequence of pictographs, and in a conjunct
    for position, character in enumerate(text):
        kind = _kind(character)
        if position and not _joined(before, kind, pictographic, conjunct, text[position - 1 : position + 1]):
            found.append(text[start:position])
            start = position
        before = kind
        pictographic = _after_pictograph(pictographic, kind, character)
        conjunct = _after_consonant(conjunct, kind, character)
    return [*found, text[start:]] if text else found


def _joined(before: str, kind: str, pictographic: str, conjunct: str, pair: str) -> bool:
    if "CONTROL" in {before, kind}:
        return pair == "\r\n"
    return (
        kind in {"EXTEND", "SPACING"}
        or before == "PREPEND"
        or (before == "LEADING" and kind in {"LEADING", "VOWEL", "OPEN_SYLLABLE", "SYLLABLE"})
        or (before in {"OPEN_SYLLABLE", "VOWEL"} and kind in {"VOWEL", "TRAILING"})
        or (before in {"SYLLABLE", "TRAILING"} and kind == "TRAILING")
        or (kind == "PICTOGRAPHIC" and pictographic == "joined")
        or (kind == "CONSONANT" and conjunct == "linked")
    )


def _after_pictograph(state: str, kind: str, character: str) -> str:
    if kind == "PICTOGRAPHIC":
        return "begun"
    if state and kind == "EXTEND":
        return "joined" if character == _JOINER else "begun"
    return ""


def _after_consonant(state: str, kind: str, character: str) -> str:
    if kind == "CONSONANT":
        return "begun"
    if state and character in _set("LINKER"):
        return "linked"
    return state if state and character in _set("CONJUNCT_EXTEND") else ""
