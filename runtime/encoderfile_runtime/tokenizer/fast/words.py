"""A fast path for pipelines whose words begin with a blank or with the mark that replaces it (byte pair encoding, Unigram).

Text repeats its words, so the tokens of each are kept.
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

    Cut = Callable[[str], list[str] | None]
    Image = Callable[[str], list[str]]


class Words:
    """Tokenizes text without added tokens as the pipeline does that it was made from."""

    def __init__(self, pipeline: Pipeline, cut: Cut, image: Image) -> None:
        """Take a function that cuts normalized text, or gives up on it, and one that makes the model's words of a part."""
        self._pipeline = pipeline
        self._cut = cut
        self._ids = _WordIds(pipeline.model, image)
        self._added = Strings({content for content, _ in pipeline.added})

    def ids(self, text: str) -> list[int]:
        """The ids of the tokens of a text."""
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
        """Adds the tokens of a text that begins at `start` in the original text."""
        self._pipeline.add(text, start, tokens)

    def _words(self, text: str) -> list[str] | None:
        """The parts of a normalized text; None where it may hold added tokens, or is not to be cut so."""
        return None if self._added.occurs(text) else self._cut(text)


class _WordIds(dict[str, list[int]]):
    """Parts of texts and the ids of their tokens, which are found when a part is asked for the first time."""

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
    """Words that are written as bytes: as long as no normalizer changes a text, it is clear where their tokens are."""

    def __init__(self, pipeline: Pipeline, cut: Cut) -> None:
        super().__init__(pipeline, cut, lambda part: [visible(part)])
        self._tokens: dict[str, Tokens] = {}

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Adds the tokens of a text that begins at `start` in the original text."""
        words = self._words(text) if self._is_normal(text) else None
        if not words:
            self._pipeline.add(text, start, tokens)
            return
        position = start + len(text) - sum(map(len, words))
        first = len(tokens)
        for word in words:
            tokens.extend(self._tokens.get(word) or self._find(word), position)
            position += len(word)
        while (
            first < len(tokens) and tokens.offsets[first][0] < start
        ):  # a blank was put before: it is the first character
            tokens.offsets[first] = (start, max(tokens.offsets[first][1], start + 1))
            first += 1

    def _is_normal(self, text: str) -> bool:
        normalizer = self._pipeline.normalizer
        if not normalizer:
            return True
        from encoderfile_runtime.tokenizer.unicode.normal_forms import (
            NormalForm,  # its tables are not for models without a normalizer
        )

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
    """Cuts text into the matches of a pattern; gives up where something is between them."""

    def cut(text: str) -> list[str] | None:
        if prefixed and text and not text.startswith(" "):
            text = f" {text}"
        words = pattern.findall(text)
        return words if sum(map(len, words)) == len(text) else None

    return cut


def by_mark(mark: str, *, prefixed: bool) -> Cut:
    """Cuts text before each mark, which takes the place of blanks."""
    marked = re.escape(mark)
    word = re.compile(f"[^{marked}]+|{marked}[^{marked}]*")

    def cut(text: str) -> list[str]:
        text = text.replace(" ", mark)
        if prefixed and text and not text.startswith(mark):
            text = mark + text
        return word.findall(text)

    return cut
