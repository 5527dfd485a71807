"""The fast path for BPE and Unigram tokenizers that keep the blank before a word, or a mark in its place, in the word.

Since words recur, their tokens are cached by word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.encoding import Tokens
from encoderfile_runtime.tokenizer.normalizers.byte_level import visible
from encoderfile_runtime.tokenizer.pipeline import MAX_WORD_LENGTH, MAX_WORDS
from encoderfile_runtime.tokenizer.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.tokenizer.interfaces import Model
    from encoderfile_runtime.tokenizer.pipeline import Pipeline
    from encoderfile_runtime.tokenizer.regex.pattern import Pattern

    Cut = Callable[[str], list[str] | None]  # normalized text to parts; None: this text needs the general path
    Image = Callable[[str], list[str]]  # a part to the words that the model sees


class Words:
    """Tokenizes text that holds no added tokens, with the same result as the given pipeline."""

    def __init__(self, pipeline: Pipeline, cut: Cut, image: Image) -> None:
        """Take the pipeline, a function that cuts normalized text into parts, and one from a part to the model's words."""
        self._pipeline = pipeline
        self._cut = cut
        self._ids = _WordIds(pipeline.model, image)
        self._added = Strings({content for content, _ in pipeline.added})

    def ids(self, text: str) -> list[int]:
        """The token ids of a text."""
        normalizer = self._pipeline.normalizer
        words = self._words(normalizer.plain(text) if normalizer else text)
        if words is None:
            tokens = Tokens([], [], [])
            self._pipeline.add(text, 0, tokens)
            return tokens.ids
        known = self._ids
        ids: list[int] = []
        for word in words:
            ids += known[word]
        return ids

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Append the tokens of a text that begins at `start` in the original text."""
        self._pipeline.add(text, start, tokens)

    def _words(self, text: str) -> list[str] | None:
        """The parts of a normalized text; None if it needs the general path, for instance as it holds an added token."""
        return None if self._added.occurs(text) else self._cut(text)


class _WordIds(dict[str, list[int]]):
    """A cache of parts of text and their token ids; a missing part is tokenized on access."""

    def __init__(self, model: Model, image: Image) -> None:
        super().__init__()
        self._model = model
        self._image = image

    def __missing__(self, part: str) -> list[int]:
        ids = [number for word in self._image(part) for number in self._model.tokenize(word).ids]
        if len(part) <= MAX_WORD_LENGTH:
            if len(self) >= MAX_WORDS:
                self.clear()
            self[part] = ids
        return ids


class ByteWords(Words):
    """The fast path for byte-level BPE, with offsets too: these are simple where normalization leaves a text as it is."""

    def __init__(self, pipeline: Pipeline, cut: Cut) -> None:
        super().__init__(pipeline, cut, lambda part: [visible(part)])
        self._tokens: dict[str, Tokens] = {}

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Append the tokens of a text that begins at `start` in the original text."""
        words = self._words(text) if self._is_normal(text) else None
        if not words:
            self._pipeline.add(text, start, tokens)
            return
        position = start + len(text) - sum(map(len, words))  # one before `start` if a blank was put before the text
        first = len(tokens)
        for word in words:
            tokens.extend(self._tokens.get(word) or self._find(word), position)
            position += len(word)
        # In the library, that blank is aligned with the first character.
        while first < len(tokens) and tokens.offsets[first][0] < start:
            tokens.offsets[first] = (start, max(tokens.offsets[first][1], start + 1))
            first += 1

    def _is_normal(self, text: str) -> bool:
        normalizer = self._pipeline.normalizer
        if not normalizer:
            return True
        # Imported late: models without a normalizer do not need its tables.
        from encoderfile_runtime.tokenizer.unicode.normal_forms import NormalForm

        return isinstance(normalizer, NormalForm) and normalizer.plain(text) == text

    def _find(self, word: str) -> Tokens:
        image = AlignedText.original(word).map(visible)
        found = self._pipeline.model.tokenize(image.text)
        tokens = Tokens(found.ids, found.values, [image.span(begin, end) for begin, end in found.offsets])
        if len(word) <= MAX_WORD_LENGTH:
            if len(self._tokens) >= MAX_WORDS:
                self._tokens.clear()
            self._tokens[word] = tokens
        return tokens


def by_pattern(pattern: Pattern, *, prefixed: bool) -> Cut:
    """A cut into the matches of a pattern; None for a text of which they leave a part unmatched."""

    def cut(text: str) -> list[str] | None:
        if prefixed and text and not text.startswith(" "):
            text = f" {text}"
        words = pattern.findall(text)
        return words if sum(map(len, words)) == len(text) else None

    return cut


def by_mark(mark: str, *, prefixed: bool) -> Cut:
    """A cut before each mark, after blanks are replaced by marks."""
    marked = re.escape(mark)
    word = re.compile(f"[^{marked}]+|{marked}[^{marked}]*")

    def cut(text: str) -> list[str]:
        text = text.replace(" ", mark)
        if prefixed and text and not text.startswith(mark):
            text = mark + text
        return word.findall(text)

    return cut
