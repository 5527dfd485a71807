"""A bound on the length of text inside a tokenizer, against definitions that multiply their input.

The worst case of Unicode is 18 characters for one (U+FDFA under NFKC), 36 once the bytes are written as characters. A
limit of FACTOR times the original text is thus far from any real tokenizer, and stops a chain of replacements from
filling memory.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import FaultsError

if TYPE_CHECKING:
    from .aligned import AlignedText
    from .interfaces import Normalizer

FACTOR = 64
ROOM = 1 << 14  # characters added to the limit, so that a long prefix of a short text is allowed
_TRIED = 512  # characters of the texts that a normalizer is tried with


def check_growth(path: str, length: int, original: int) -> None:
    """Check the length of a text that a component returned against that of the original text.

    Args:
        path: JSON path of the component in the tokenizer.json.
        length: characters of its result.
        original: characters of the original text.

    Raises:
        FaultsError: the result is too long.
    """
    if length > FACTOR * original + ROOM:
        fault = (
            f"{path}: makes {length} characters or more of a text of {original}, "
            f"expected at most {FACTOR} times as many and {ROOM}; remove what repeats or lengthens the text"
        )
        raise FaultsError("tokenizer.json", [fault])


def too_much(normalizer: Normalizer) -> tuple[str, ...]:
    """Return the faults of a normalizer that lengthens some text beyond the limit, found at load rather than in use.

    Each string that it replaces is repeated and normalized. That is only needed if the lengths of all the strings it
    adds, multiplied, exceed FACTOR; in real tokenizers they do not.
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
    """A normalizer that checks the length of its results against the text before the first normalizer."""

    __slots__ = ("_grown", "_normalizer", "added", "path")

    def __init__(self, path: str, normalizer: Normalizer) -> None:
        self.path = path
        self._normalizer = normalizer
        self._grown = getattr(normalizer, "grown", None)
        self.added: list[tuple[str, str]] = getattr(normalizer, "added", [])

    def normalize(self, text: AlignedText, original: int | None = None) -> AlignedText:
        """The normalized text; `original` is the length of the text before the first normalizer.

        Raises:
            FaultsError: the result is too long.
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
        """Check the length before the result is made, for normalizers that can compute it: memory is not taken first."""
        if self._grown:
            check_growth(self.path, self._grown(text, FACTOR * original + ROOM), original)
