"""Protocols of the tokenizer components, imported by type checkers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aligned import AlignedText
    from .encoding import Tokens
    from .templates import Templates


Trim = Callable[["Tokens"], "Tokens"]  # tokens with corrected offsets


class Normalizer(Protocol):
    """Changes text before it is cut."""

    def normalize(self, text: AlignedText) -> AlignedText:
        """The normalized text, which may be empty."""
        ...

    def plain(self, text: str) -> str:
        """The normalized text without alignment, which is faster where no offsets are needed."""
        ...


class PreTokenizer(Protocol):
    """Cuts text into words."""

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words; the caller skips empty ones."""
        ...


class Model(Protocol):
    """Cuts a word into tokens of its vocabulary."""

    vocabulary: Mapping[str, int]

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word that is not empty, with offsets in its characters."""
        ...


class Shortcut(Protocol):
    """A fast path with the results of a pipeline, for text that holds no added tokens."""

    def ids(self, text: str) -> list[int]:
        """The token ids of a text."""
        ...

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Append the tokens of a text that begins at `start` in the original text."""
        ...


class PostProcessor(Protocol):
    """Places special tokens around sequences."""

    @property
    def templates(self) -> Templates:
        """The layouts of special tokens around a single sequence and around a pair."""
        ...

    @property
    def trim(self) -> Trim | None:
        """A function that corrects the offsets of a sequence; None if they need no correction."""
        ...
