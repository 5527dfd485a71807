"""WordPiece (https://arxiv.org/abs/1609.08144, section 4.1) as BERT applies it: the longest token first."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import Tokens

from .vocabulary import read_unknown, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.tokenizer.definition import Fields


_SHORT = 32  # characters of a word for which the length of the longest token does not pay


class WordPiece:
    """Cuts a word into the longest tokens from left to right; a word that leaves a rest is unknown as a whole."""

    def __init__(self, vocabulary: Mapping[str, int], unknown: str, prefix: str, max_characters: int) -> None:
        self.vocabulary = vocabulary
        self._unknown = unknown
        self._prefix = prefix
        self.max_characters = max_characters

    @classmethod
    def read(cls, fields: Fields) -> WordPiece:
        """From its object."""
        vocabulary = read_vocabulary(fields)
        return cls(
            vocabulary,
            read_unknown(fields, vocabulary),
            fields.string("continuing_subword_prefix"),
            fields.integer("max_input_chars_per_word"),
        )

    @cached_property
    def _longest(self) -> int:
        """Characters of the longest token."""
        return max(map(len, self.vocabulary))

    def pieces(self, word: str) -> list[tuple[str, int, int]]:
        """The tokens of a word, each with its start and end there."""
        length = len(word)
        found: list[tuple[str, int, int]] = []
        reach = length if length <= _SHORT else self._longest
        start = 0
        while start < length <= self.max_characters:
            prefix = self._prefix if start else ""
            for end in range(min(length, start + reach), start, -1):
                token = prefix + word[start:end]
                if token in self.vocabulary:
                    break
            else:
                return [(self._unknown, 0, length)]
            found.append((token, start, end))
            start = end
        return found or [(self._unknown, 0, length)]

    def ids(self, word: str) -> list[int]:
        """The ids of the tokens of a word."""
        vocabulary = self.vocabulary
        return [vocabulary[token] for token, _, _ in self.pieces(word)]

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word."""
        tokens = Tokens([], [], [])
        for token, start, end in self.pieces(word):
            tokens.append(self.vocabulary[token], token, (start, end))
        return tokens
