"""The short way for words that are written as bytes, with where their tokens come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import Tokens
from encoderfile_runtime.tokenizer.pipeline import MAX_WORD_LENGTH, MAX_WORDS
from encoderfile_runtime.tokenizer.pre_tokenizers.byte_level import visible

from .words import Words

if TYPE_CHECKING:
    from encoderfile_runtime.tokenizer.pipeline import Pipeline

    from .words import Cut


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
        from encoderfile_runtime.tokenizer.unicode.normal_forms import NormalForm  # not for models without a normalizer

        return isinstance(normalizer, NormalForm) and normalizer.plain(text) == text

    def _find(self, word: str) -> Tokens:
        from encoderfile_runtime.tokenizer.aligned import AlignedText  # not where nobody asks for more than ids

        image = AlignedText.original(word).map(visible)
        found = self._pipeline.model.tokenize(image.text)
        tokens = Tokens(found.ids, found.values, [image.span(begin, end) for begin, end in found.offsets])
        if len(word) <= MAX_WORD_LENGTH:
            if len(self._tokens) >= MAX_WORDS:
                self._tokens.clear()
            self._tokens[word] = tokens
        return tokens
