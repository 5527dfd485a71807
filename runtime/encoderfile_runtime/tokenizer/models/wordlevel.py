"""The WordLevel model: each word is one token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import Tokens

from .vocabulary import read_unknown, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.fields import Fields


class WordLevel:
    """Maps a word to itself if the vocabulary holds it, else to the unknown token."""

    __slots__ = ("_unknown", "vocabulary")

    def __init__(self, vocabulary: Mapping[str, int], unknown: str) -> None:
        self.vocabulary = vocabulary
        self._unknown = unknown

    @classmethod
    def read(cls, fields: Fields) -> WordLevel:
        """Read the object `model`."""
        vocabulary = read_vocabulary(fields)
        return cls(vocabulary, read_unknown(fields, vocabulary))

    def tokenize(self, word: str) -> Tokens:
        """The one token of a word."""
        token = word if word in self.vocabulary else self._unknown
        return Tokens([self.vocabulary[token]], [token], [(0, len(word))])
