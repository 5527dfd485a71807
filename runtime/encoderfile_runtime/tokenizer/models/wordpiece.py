"""WordPiece (Wu et al. 2016, https://arxiv.org/abs/1609.08144, section 4.1) as BERT applies it: greedy longest match."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import Tokens

from .vocabulary import lengths_of, read_lengths, read_unknown, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.fields import Fields


_SHORT = 32  # characters; up to here, trying every length is faster than computing the lengths of all tokens


class WordPiece:
    """Cuts a word into the longest matching tokens from left to right; if part of it matches none, the word is unknown.

    Attributes:
        vocabulary: tokens and their ids.
        max_characters: `max_input_chars_per_word`; a longer word is unknown.
    """

    def __init__(self, vocabulary: Mapping[str, int], unknown: str, prefix: str, max_characters: int) -> None:
        self.vocabulary = vocabulary
        self._unknown = unknown
        self._prefix = prefix
        self.max_characters = max_characters

    @classmethod
    def read(cls, fields: Fields) -> WordPiece:
        """Read the object `model`."""
        vocabulary = read_vocabulary(fields)
        if isinstance(vocabulary, dict):  # an UnreadVocabulary is checked at the first long word, to start sooner
            read_lengths(fields, vocabulary)
        return cls(
            vocabulary,
            read_unknown(fields, vocabulary),
            fields.string("continuing_subword_prefix"),
            fields.integer("max_input_chars_per_word"),
        )

    @cached_property
    def _lengths(self) -> list[int]:
        """The distinct lengths of the tokens in characters, descending."""
        return lengths_of(self.vocabulary)[::-1]

    def pieces(self, word: str) -> list[tuple[str, int, int]]:
        """The tokens of a word, each with its start and end in the word."""
        length = len(word)
        found: list[tuple[str, int, int]] = []
        if length > self.max_characters:
            return [(self._unknown, 0, length)]
        start = 0
        while start < length:
            prefix = self._prefix if start else ""
            rest = length - start
            # Only lengths that some token has are tried, else a long word costs the square of its length.
            sizes = (
                range(rest, 0, -1)
                if length <= _SHORT
                else [size - len(prefix) for size in self._lengths if 0 < size - len(prefix) <= rest]
            )
            for size in sizes:
                end = start + size
                token = prefix + word[start:end]
                if token in self.vocabulary:
                    break
            else:
                return [(self._unknown, 0, length)]
            found.append((token, start, end))
            start = end
        return found or [(self._unknown, 0, length)]

    def ids(self, word: str) -> list[int]:
        """The token ids of a word."""
        vocabulary = self.vocabulary
        return [vocabulary[token] for token, _, _ in self.pieces(word)]

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word."""
        tokens = Tokens([], [], [])
        for token, start, end in self.pieces(word):
            tokens.append(self.vocabulary[token], token, (start, end))
        return tokens
