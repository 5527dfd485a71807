"""NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15), restricted to the characters in the `tokenizers` library's tables.

The library's version of Unicode is older than Python's. A character outside its tables is inert: it never decomposes,
composes or is reordered. So the runs of characters inside the tables are normalized with Python's `unicodedata`, which
by Unicode's stability policy gives the same for them in every version, and the rest is left as it is.
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


_LONG = 1 << 10  # characters of a run, from which it is sorted here before Python normalizes it


class NormalForm:
    """The normalizers NFC, NFD, NFKC and NFKD."""

    __slots__ = ("_form",)

    def __init__(self, form: Form) -> None:
        self._form: Form = form

    @classmethod
    def read(cls, fields: Fields) -> NormalForm:
        """Read its object; the type is the form."""
        forms: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}
        return cls(forms[fields.string("type")])

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text in this form."""
        # Most texts are in the form already; only for the others is the alignment worked out, which is slow.
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
    """A pattern for runs of characters that the form may change or compose with a neighbour."""
    names = ["CANONICAL"]
    if "K" in form:
        names.append("COMPATIBILITY")
    if form.endswith("C"):
        names.append("COMPOSING")
    return re.compile(f"[{''.join(character_set(name).pattern() for name in names)}]+")


def _known(form: Form, text: str) -> list[str]:
    return _runs(form).findall(text)


def _normal(form: Form, run: str) -> str:
    """Normalize a run. Python sorts combining marks by insertion, in quadratic time, so a long run is sorted before."""
    if len(run) > _LONG:
        run = "".join([character for character, _ in decompose(run, "NFKD" if "K" in form else "NFD")])
    return normalize(form, run)


def decomposition(character: str, form: Literal["NFD", "NFKD"]) -> str:
    """The decomposition of one character."""
    known = character in character_set("CANONICAL") or (form == "NFKD" and character in character_set("COMPATIBILITY"))
    return normalize(form, character) if known else character


def combining_class(character: str) -> int:
    """The canonical combining class (Unicode Standard, section 3.11); 0 for a character outside the library's tables."""
    return combining(character) if character in character_set("CANONICAL") else 0


def decompose(text: str, form: Literal["NFD", "NFKD"]) -> Iterator[tuple[str, int]]:
    """The decomposed text in canonical order (Unicode Standard, D108 and D109), as changes for `AlignedText.rewrite`.

    A change of 0 replaces a character, 1 inserts one: the first part of a decomposition replaces, further parts are
    inserted.
    """
    # Marks up to the next starter (a character of class 0), which ends the stretch that is sorted.
    pending: list[tuple[int, str, int]] = []
    for character in text:
        for index, part in enumerate(decomposition(character, form)):
            order = combining_class(part)
            if not order:
                yield from _in_order(pending)
                pending = []
            pending.append((order, part, min(index, 1)))
    yield from _in_order(pending)


def _in_order(marks: list[tuple[int, str, int]]) -> Iterator[tuple[str, int]]:
    """Marks sorted by combining class; equal classes keep their order."""
    for _, character, change in sorted(marks, key=lambda mark: mark[0]):
        yield character, change


def compose(changes: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The canonical composition of decomposed text (Unicode Standard, D117), as changes for `AlignedText.rewrite`."""
    starter: tuple[str, int] | None = None
    between: list[tuple[str, int]] = []  # characters since the starter that were not composed with it
    last_class = 0
    for character, change in changes:
        order = combining_class(character)
        # A character is blocked from the starter (D115) if one between them has the same or a higher class.
        if starter is not None and (not between or last_class < order):
            composed = _pair(starter[0], character)
            if composed:
                starter = (
                    composed,
                    starter[1] + change - 1,
                )  # it replaces one character more; an inserted one counts 0
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
    """The primary composite of two characters; None if there is none."""
    composing = character_set("COMPOSING")
    if first not in composing or second not in composing:
        return None
    both = normalize("NFC", first + second)
    return both if len(both) == 1 else None
