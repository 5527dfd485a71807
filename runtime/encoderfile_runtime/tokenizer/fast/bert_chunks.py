"""The fast path for BERT tokenizers, with a cache keyed by chunk, which is a run of text without white space.

No step of BERT's tokenization looks across white space, so chunks are tokenized independently, and since words recur
most are found in the cache. A new chunk is split by one regular expression if it is ASCII, else by `str.translate` with
a lazily filled table.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import Tokens

if TYPE_CHECKING:
    from encoderfile_runtime.tokenizer.models.wordpiece import WordPiece
    from encoderfile_runtime.tokenizer.normalizers.bert import BertNormalizer
    from encoderfile_runtime.tokenizer.pipeline import Pipeline

    from .bert_table import WordTable

# Bounds on the cache's memory; a chunk longer than this hardly recurs.
MAX_CHUNKS = 1 << 17
MAX_CHUNK_LENGTH = 48

# Control characters that BERT removes, so that "a\vb" is one word, but that str.split takes for white space.
_REMOVED = re.compile("[\v\f\x1c-\x1f\x85]")
_CHUNK = re.compile("[^\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]+|[!-/:-@\[-`{-~]")


class BertChunks:
    """Tokenizes text that holds no added tokens, with the same result as the given pipeline."""

    def __init__(self, pipeline: Pipeline, normalizer: BertNormalizer, model: WordPiece) -> None:
        self._pipeline = pipeline
        self._lowercase = normalizer.lowercase
        self._model = model
        self._ids = _ChunkIds(self, normalizer, model)
        self._tokens: dict[str, Tokens] = {}

    def ids(self, text: str) -> list[int]:
        """The token ids of a text."""
        if not text.isprintable():  # the characters to remove are not printable: most texts need no substitution
            text = _REMOVED.sub("", text)
        known = self._ids
        ids: list[int] = []
        for chunk in text.split():
            ids += known[chunk]
        return ids

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Append the tokens of a text that begins at `start` in the original text."""
        for chunk in _CHUNK.finditer(text):
            tokens.extend(self.tokenize(chunk[0]), start + chunk.start())

    def tokenize(self, chunk: str) -> Tokens:
        """The tokens of a chunk."""
        known = self._tokens.get(chunk)
        if known is None:
            known = self._find(chunk)
            if len(chunk) <= MAX_CHUNK_LENGTH:
                if len(self._tokens) >= MAX_CHUNKS:
                    self._tokens.clear()
                self._tokens[chunk] = known
        return known

    def _find(self, chunk: str) -> Tokens:
        tokens = Tokens([], [], [])
        if chunk.isascii() and chunk.isprintable():
            # In ASCII there are no accents and no Chinese characters, and lower case keeps the length: offsets stay.
            for word in _ASCII_WORD.finditer(chunk.lower() if self._lowercase else chunk):
                tokens.extend(self._model.tokenize(word[0]), word.start())
        else:
            self._pipeline.add(chunk, 0, tokens)
        return tokens


class _ChunkIds(dict[str, list[int]]):
    """A cache of chunks and their token ids; a missing chunk is tokenized on access."""

    def __init__(self, chunks: BertChunks, normalizer: BertNormalizer, model: WordPiece) -> None:
        super().__init__()
        self._chunks = chunks
        self._normalizer = normalizer
        self._model = model

    @cached_property
    def _table(self) -> WordTable:
        from .bert_table import WordTable  # imported late: its Unicode tables take milliseconds, and ASCII needs none

        return WordTable(self._normalizer)

    def __missing__(self, chunk: str) -> list[int]:
        ids = self._find(chunk)
        if len(chunk) <= MAX_CHUNK_LENGTH:
            if len(self) >= MAX_CHUNKS:
                self.clear()
            self[chunk] = ids
        return ids

    def _find(self, chunk: str) -> list[int]:
        if chunk.isascii() and chunk.isprintable():
            words = _ASCII_WORD.findall(chunk.lower() if self._normalizer.lowercase else chunk)
        elif (found := self._table.words(chunk)) is None:
            return self._chunks.tokenize(chunk).ids  # marks to be reordered: only the general path does that
        else:
            words = found
        known, longest = self._model.vocabulary, self._model.max_characters
        ids = []
        for word in words:
            # Most words are tokens themselves; WordPiece's longest match would find just that.
            number = known.get(word)
            if number is None or len(word) > longest:
                ids += self._model.ids(word)
            else:
                ids.append(number)
        return ids
