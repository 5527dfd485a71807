"""The short way for models on words that a blank or its mark begins, as byte pair encoding and Unigram have them.

Text repeats its words, so the tokens of each are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .aligned import AlignedText
from .byte_level import ByteLevel, visible
from .encoding import Tokens
from .metaspace import Metaspace
from .normal_forms import NormalForm
from .patterns import Split
from .pipeline import MAX_WORD_LENGTH, MAX_WORDS
from .pre_tokenizers import PreTokenizerSequence, WhitespaceSplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from .interfaces import Model, PreTokenizer
    from .oniguruma import Pattern
    from .pipeline import Pipeline

    Cut = Callable[[str], list[str] | None]
    Image = Callable[[str], list[str]]

# What str.split takes for a blank and the library does not.
_NO_BLANKS = re.compile("[\x1c-\x1f]")


class Words:
    """Tokenizes text without added tokens as the pipeline does that it was made from."""

    def __init__(self, pipeline: Pipeline, cut: Cut, image: Image) -> None:
        """Take a function that cuts normalized text, or gives up on it, and one that makes the model's words of a part."""
        self._pipeline = pipeline
        self._cut = cut
        self._ids = _WordIds(pipeline.model, image)
        self._first_letters = {content[0] for content, _ in pipeline.added}

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
        return None if any(letter in text for letter in self._first_letters) else self._cut(text)


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
        return not normalizer or (isinstance(normalizer, NormalForm) and normalizer.plain(text) == text)

    def _find(self, word: str) -> Tokens:
        image = AlignedText.original(word).map(visible)
        found = self._pipeline.model.tokenize(image.text)
        tokens = Tokens(found.ids, found.values, [image.span(begin, end) for begin, end in found.offsets])
        if len(word) <= MAX_WORD_LENGTH:
            if len(self._tokens) >= MAX_WORDS:
                self._tokens.clear()
            self._tokens[word] = tokens
        return tokens


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


def shortcut(pipeline: Pipeline) -> Words | None:
    """The short way through a pipeline; None where it has to be the general one."""
    first, *others = _parts(pipeline.pre_tokenizer) or [None]
    second = others[0] if len(others) == 1 else None
    if isinstance(first, ByteLevel) and first.pattern and not others:
        return ByteWords(pipeline, _by_pattern(first.pattern, prefixed=first.prefixed))
    if isinstance(first, Split) and isinstance(second, ByteLevel) and not second.pattern and not second.prefixed:
        from .oniguruma import Pattern

        if isinstance(first.pattern, Pattern) and first.behavior == "Isolated":
            return ByteWords(pipeline, _by_pattern(first.pattern, prefixed=False))
    if isinstance(first, Metaspace) and first.scheme != "first" and first.splits and not others:
        return Words(pipeline, _by_mark(first.mark, prefixed=first.scheme == "always"), lambda part: [part])
    if isinstance(first, WhitespaceSplit) and isinstance(second, Metaspace):
        if second.scheme == "first" or not second.splits:
            return None
        cut = _by_mark(second.mark, prefixed=second.scheme == "always")
        return Words(pipeline, _by_blanks, lambda part: cut(part) or [])
    return None


def _parts(pre_tokenizer: PreTokenizer | None) -> list[PreTokenizer | None]:
    return list(pre_tokenizer.parts) if isinstance(pre_tokenizer, PreTokenizerSequence) else [pre_tokenizer]


def _by_pattern(pattern: Pattern, *, prefixed: bool) -> Cut:
    def cut(text: str) -> list[str] | None:
        if prefixed and text and not text.startswith(" "):
            text = f" {text}"
        compiled = pattern.compiled(text)
        words = [match[0] for match in compiled.finditer(text)] if compiled.groups else compiled.findall(text)
        return words if sum(map(len, words)) == len(text) else None

    return cut


def _by_mark(mark: str, *, prefixed: bool) -> Cut:
    marked = re.escape(mark)
    word = re.compile(f"[^{marked}]+|{marked}[^{marked}]*")

    def cut(text: str) -> list[str]:
        text = text.replace(" ", mark)
        if prefixed and text and not text.startswith(mark):
            text = mark + text
        return word.findall(text)

    return cut


def _by_blanks(text: str) -> list[str] | None:
    return None if _NO_BLANKS.search(text) else text.split()
