"""What each part of a tokenizer can do; for type checkers, nothing imports it when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aligned import AlignedText
    from .encoding import Tokens
    from .templates import Templates


class Normalizer(Protocol):
    """Changes text."""

    def normalize(self, text: AlignedText) -> AlignedText:
        """The changed text, which may be empty."""
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


class PostProcessor(Protocol):
    """Puts special tokens around sequences."""

    def templates(self) -> Templates:
        """What a sequence and a pair are laid out like."""
        ...
