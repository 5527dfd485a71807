"""Extended grapheme clusters (Unicode Standard Annex 29, section 3.1.1) with the `tokenizers` library's tables.

Rules GB12 and GB13, pairs of regional indicators, are left out: such a pair has 8 bytes in UTF-8, and `Precompiled`,
the only user of clusters, looks up at most 5.
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
    """A pattern for characters that may join a neighbour; in a text without any, each character is a cluster."""
    names = ("PREPEND", "EXTEND", "SPACING", "VOWEL", "TRAILING", "LEADING")
    return re.compile(f"[\r{''.join(_set(name).pattern() for name in names)}]")


@cache
def _kind(character: str) -> str:
    """The class of a character for the break rules (Grapheme_Cluster_Break); an empty string for any other."""
    # Hangul syllables (Unicode Standard, section 3.12): 28 for each pair of a leading consonant and a vowel, and the
    # first of these has no trailing consonant. The annex calls them LV and LVT.
    if 0xAC00 <= ord(character) < 0xD7A4:
        return "SYLLABLE" if (ord(character) - 0xAC00) % 28 else "OPEN_SYLLABLE"
    return next((name for name in _CLASSES if character in _set(name)), "")


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text."""
    found: list[str] = []
    start = 0
    before = "CONTROL"
    pictographic = conjunct = ""  # states of the two rules that look back more than one character, GB11 and GB9c
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
    """Whether there is no break between two characters, by the rules of the annex."""
    if "CONTROL" in {before, kind}:  # GB3 to GB5
        return pair == "\r\n"
    return (
        kind in {"EXTEND", "SPACING"}  # GB9, GB9a
        or before == "PREPEND"  # GB9b
        or (before == "LEADING" and kind in {"LEADING", "VOWEL", "OPEN_SYLLABLE", "SYLLABLE"})  # GB6
        or (before in {"OPEN_SYLLABLE", "VOWEL"} and kind in {"VOWEL", "TRAILING"})  # GB7
        or (before in {"SYLLABLE", "TRAILING"} and kind == "TRAILING")  # GB8
        or (kind == "PICTOGRAPHIC" and pictographic == "joined")  # GB11
        or (kind == "CONSONANT" and conjunct == "linked")  # GB9c
    )


def _after_pictograph(state: str, kind: str, character: str) -> str:
    """The state of rule GB11, a pictograph, Extend* and a zero width joiner, after one more character."""
    if kind == "PICTOGRAPHIC":
        return "begun"
    if state and kind == "EXTEND":
        return "joined" if character == _JOINER else "begun"
    return ""


def _after_consonant(state: str, kind: str, character: str) -> str:
    """The state of rule GB9c, a consonant and a linker among extending characters, after one more character."""
    if kind == "CONSONANT":
        return "begun"
    if state and character in _set("LINKER"):
        return "linked"
    return state if state and character in _set("CONJUNCT_EXTEND") else ""
