"""The general path from text to tokens: normalizer, added tokens, pre-tokenizer and model, whatever they are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .added_tokens import Matcher

if TYPE_CHECKING:
    from .added_tokens import AddedToken
    from .aligned import AlignedText
    from .encoding import Tokens
    from .interfaces import Model, Normalizer, PreTokenizer


# Bounds on the memory of caches of words; a word longer than this hardly recurs.
MAX_WORDS = 1 << 17
MAX_WORD_LENGTH = 48


class Pipeline:
    """A normalizer, a pre-tokenizer and a model in a row; added tokens are searched for in the normalized text.

    Attributes:
        normalizer: None leaves the text as it is.
        pre_tokenizer: None makes the whole text one word.
        model: cuts words into tokens.
        added: added tokens with `normalized` set, each with its normalized content.
    """

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
        """Append the tokens of a text that begins at `start` in the original text."""
        from .aligned import AlignedText  # imported late: fast paths do without

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
        """The tokens of a word, from a cache: words recur."""
        known = self._words.get(word)
        if known is None:
            known = self.model.tokenize(word)
            if len(word) <= MAX_WORD_LENGTH:
                if len(self._words) >= MAX_WORDS:
                    self._words.clear()
                self._words[word] = known
        return known
