"""NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15) of the characters that the `tokenizers` library knows.

Its tables are older than Python's. A character that they do not name is inert: it never decomposes, composes or moves,
so normalizing the runs of the others one by one gives what the library gives, under every version of Python.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal
from unicodedata import combining, normalize

from .characters import character_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText

    Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


_LONG = 1 << 10  # characters of a run


class NormalForm:
    """The normalizers of the four forms, which differ in what they decompose to and whether they compose."""

    __slots__ = ("_form",)

    def __init__(self, form: Form) -> None:
        self._form: Form = form

    @classmethod
    def read(cls, fields: Fields) -> NormalForm:
        """The form that the type of the component names."""
        forms: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}
        return cls(forms[fields.string("type")])

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text in this form."""
        if text.text.isascii() or not any(_normal(self._form, run) != run for run in _known(self._form, text.text)):
            return text
        changes = decompose(text.text, "NFKD" if "K" in self._form else "NFD")
        return text.rewrite(compose(changes) if self._form.endswith("C") else changes)

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        if text.isascii():
            return text
        return _runs(self._form).sub(lambda run: _normal(self._form, run[0]), text)


@cache
def _runs(form: Form) -> re.Pattern[str]:
    """Runs of characters that the form may change, or that it may compose with others."""
    names = ["CANONICAL"]
    if "K" in form:
        names.append("COMPATIBILITY")
    if form.endswith("C"):
        names.append("COMPOSING")
    return re.compile(f"[{''.join(character_set(name).pattern() for name in names)}]+")


def _known(form: Form, text: str) -> list[str]:
    return _runs(form).findall(text)


def _normal(form: Form, run: str) -> str:
    """The run in this form. Python sorts marks by insertion, in quadratic time: many are brought into order before."""
    if len(run) > _LONG:
        run = "".join([character for character, _ in decompose(run, "NFKD" if "K" in form else "NFD")])
    return normalize(form, run)


def decomposition(character: str, form: Literal["NFD", "NFKD"]) -> str:
    """The decomposition of one character."""
    known = character in character_set("CANONICAL") or (form == "NFKD" and character in character_set("COMPATIBILITY"))
    return normalize(form, character) if known else character


def combining_class(character: str) -> int:
    """The canonical combining class; 0 for one that the library's tables do not have."""
    return combining(character) if character in character_set("CANONICAL") else 0


def decompose(text: str, form: Literal["NFD", "NFKD"]) -> Iterator[tuple[str, int]]:
    """The decomposed text in canonical order, as changes for `AlignedText.rewrite`."""
    pending: list[tuple[int, str, int]] = []  # marks, until a starter shows that all of them are there
    for character in text:
        for index, part in enumerate(decomposition(character, form)):
            order = combining_class(part)
            if not order:
                yield from _in_order(pending)
                pending = []
            pending.append((order, part, min(index, 1)))
    yield from _in_order(pending)


def _in_order(marks: list[tuple[int, str, int]]) -> Iterator[tuple[str, int]]:
    for _, character, change in sorted(marks, key=lambda mark: mark[0]):
        yield character, change


def compose(changes: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Decomposed text with every mark or jamo joined to its starter that is not blocked from it."""
    starter: tuple[str, int] | None = None
    between: list[tuple[str, int]] = []  # marks that stay behind the starter
    last_class = 0
    for character, change in changes:
        order = combining_class(character)
        if starter is not None and (not between or last_class < order):
            composed = _pair(starter[0], character)
            if composed:
                starter = (composed, starter[1] + change - 1)
                continue
        if order and starter is not None:
            between.append((character, change))
            last_class = order
        elif order:
            yield character, change
        else:
            if starter is not None:
                yield starter
            yield from between
            starter, between = (character, change), []
    if starter is not None:
        yield starter
    yield from between


def _pair(first: str, second: str) -> str | None:
    """The composition of two characters, if there is one."""
    composing = character_set("COMPOSING")
    if first not in composing or second not in composing:
        return None
    both = normalize("NFC", first + second)
    return both if len(both) == 1 else None
