"""How much longer than a text may become what the parts of a tokenizer make of it.

The most that Unicode asks for is 18 characters for one (U+FDFA under NFKC), 36 when their bytes are written as characters.
Whatever makes more of a whole text was not made to tokenize it, so that a budget in proportion to a text fails no honest one.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import FaultsError

if TYPE_CHECKING:
    from .aligned import AlignedText
    from .interfaces import Normalizer

FACTOR = 64
ROOM = 1 << 14  # characters, for short texts
_TRIED = 512  # characters


def check_growth(path: str, length: int, original: int) -> None:
    """Checks what becomes of a text of that many characters.

    Raises:
        FaultsError: it is too long; `path` is the component's in the tokenizer.json.
    """
    if length > FACTOR * original + ROOM:
        fault = (
            f"{path}: makes {length} characters or more of a text of {original}, "
            f"expected at most {FACTOR} times as many and {ROOM}; remove what repeats or lengthens the text"
        )
        raise FaultsError("tokenizer.json", [fault])


def too_much(normalizer: Normalizer) -> tuple[str, ...]:
    """What is wrong with a normalizer that makes too much of texts full of a string that it replaces.

    It is tried where the strings that normalizers add could lengthen a text that much together: mostly they cannot.
    """
    added: list[tuple[str, str]] = getattr(normalizer, "added", [])
    if prod(max(1, len(content)) for _, content in added) <= FACTOR:
        return ()
    try:
        for string, _ in added:
            normalizer.plain(string * (_TRIED // len(string) + 1))
    except FaultsError as error:
        return error.faults
    return ()


class Bounded:
    """A normalizer whose results may not be too long, given the text that was there before the first normalizer."""

    __slots__ = ("_grown", "_normalizer", "added", "path")

    def __init__(self, path: str, normalizer: Normalizer) -> None:
        self.path = path
        self._normalizer = normalizer
        self._grown = getattr(normalizer, "grown", None)
        self.added: list[tuple[str, str]] = getattr(normalizer, "added", [])

    def normalize(self, text: AlignedText, original: int | None = None) -> AlignedText:
        """The changed text; `original` is the length of the first one.

        Raises:
            FaultsError: it is too long.
        """
        original = len(text.text) if original is None else original
        self._check_before(text.text, original)
        text = self._normalizer.normalize(text)
        check_growth(self.path, len(text.text), original)
        return text

    def plain(self, text: str, original: int | None = None) -> str:
        """As `normalize`, without the alignment to the original text."""
        original = len(text) if original is None else original
        self._check_before(text, original)
        text = self._normalizer.plain(text)
        check_growth(self.path, len(text), original)
        return text

    def _check_before(self, text: str, original: int) -> None:
        """Checks the length of a result that has no small bound before memory is taken for it."""
        if self._grown:
            check_growth(self.path, self._grown(text, FACTOR * original + ROOM), original)
