"""The general path from text to tokens, which takes any components."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .added_tokens import Matcher

if TYPE_CHECKING:
    from .added_tokens import AddedToken
    from .aligned import AlignedText
    from .encoding import Tokens
    from .interfaces import Model, Normalizer, PreTokenizer


MAX_WORDS = 1 << 17
MAX_WORD_LENGTH = 48


class Pipeline:
    """A normalizer, a pre-tokenizer and a model in a row, with the added tokens that are looked for between them."""

    def __init__(
        self,
        normalizer: Normalizer | None,
        pre_tokenizer: PreTokenizer | None,
        model: Model,
        added: list[tuple[str, AddedToken]] | None = None,
    ) -> None:
        self.normalizer = normalizer
        self.pre_tokenizer = pre_tokenizer
        self.model = model
        self.added = added or []
        self._words: dict[str, Tokens] = {}

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.added)

    def add(self, text: str, start: int, tokens: Tokens) -> None:
        """Adds the tokens of a text that begins at `start` in the original text."""
        from .aligned import AlignedText  # not on the short way

        normalized = AlignedText.original(text, start)
        if self.normalizer:
            normalized = self.normalizer.normalize(normalized)
        for begin, end, token in self._matcher.split(normalized.text):
            if token:
                tokens.append(token.id, normalized.text[begin:end], normalized.span(begin, end))
            else:
                self._add_words(normalized[begin:end], tokens)

    def _add_words(self, text: AlignedText, tokens: Tokens) -> None:
        words = self.pre_tokenizer.split(text) if self.pre_tokenizer else [text]
        for word in words:
            if word.text:
                found = self._tokenize(word.text)
                tokens.ids.extend(found.ids)
                tokens.values.extend(found.values)
                tokens.offsets.extend([word.span(begin, end) for begin, end in found.offsets])

    def _tokenize(self, word: str) -> Tokens:
        """The tokens of a word; text repeats its words, so they are kept."""
        known = self._words.get(word)
        if known is None:
            known = self.model.tokenize(word)
            if len(word) <= MAX_WORD_LENGTH:
                if len(self._words) >= MAX_WORDS:
                    self._words.clear()
                self._words[word] = known
        return known
