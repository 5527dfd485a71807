"""What each part of a tokenizer can do; for type checkers, nothing imports it when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aligned import AlignedText
    from .encoding import Tokens
    from .templates import Templates


Trim = Callable[["Tokens"], "Tokens"]


class Normalizer(Protocol):
    """Changes text."""

    def normalize(self, text: AlignedText) -> AlignedText:
        """The changed text, which may be empty."""
        ...

    def plain(self, text: str) -> str:
        """The changed text alone, which is faster where no offsets are wanted."""
        ...


class PreTokenizer(Protocol):
    """Cuts text into words."""

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words; empty ones don't count."""
        ...


class Model(Protocol):
    """Cuts a word into tokens of its vocabulary."""

    vocabulary: Mapping[str, int]

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word that is not empty, with offsets in its characters."""
        ...


class Shortcut(Protocol):
    """Gives what a pipeline gives, sooner."""

    def ids(self, text: str) -> list[int]:
        """The ids of the tokens of a text without added tokens."""
        ...

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Adds the tokens of such a text, which begins at `start` in the original text."""
        ...


class PostProcessor(Protocol):
    """Puts special tokens around sequences."""

    @property
    def templates(self) -> Templates:
        """The layouts of special tokens around a single sequence and around a pair."""
        ...

    @property
    def trim(self) -> Trim | None:
        """Corrects the offsets of a sequence; None where they are right."""
        ...
