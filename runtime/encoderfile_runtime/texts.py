"""Preparing texts for a model: refuse empty ones, put the prompt before each, tokenize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import EncoderfileError, UsageError
from .tokenizer import Encoding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .tokenizer import Tokenizer

    Text = str | tuple[str, str]
    """A text, or a pair of texts that the model reads together."""


class Texts:
    """A model's tokenizer and its prompts."""

    def __init__(self, name: str, tokenizer: Tokenizer, config: Mapping[str, Any]) -> None:
        """Take the model's name, for messages, its tokenizer, and the model_config artifact with the prompts."""
        self._name = name
        self._tokenizer = tokenizer
        self._prompts: Mapping[str, str] = config.get("prompts") or {}
        self._default: str | None = config.get("default_prompt_name")
        self._lengths: dict[str, int] | None = {} if config.get("include_prompt") is False else None
        self._typed = tokenizer.typed  # the layout gives a single text a type id other than 0

    def encode(self, texts: Sequence[Text], prompt: str | None, *, bare: bool) -> list[Encoding]:
        """As `Model.tokenize`."""
        _refuse_empty(texts)
        before = self._prompt(prompt)
        encode = self._encode_bare if bare and not self._typed else self._tokenizer.encode
        found = [
            encode(before + text) if isinstance(text, str) else self._tokenizer.encode(before + text[0], text[1])
            for text in texts
        ]
        if self._lengths is None or not before:
            return found
        length = self._length(before, self._lengths)
        return [encoding._replace(prompt=length) for encoding in found]

    def _length(self, prompt: str, known: dict[str, int]) -> int:
        """The number of tokens of a prompt alone, with the special ones before it and without one that ends it.

        As in sentence-transformers, also where its last word and a text's first make other tokens together.
        """
        if prompt not in known:
            encoding = self._tokenizer.encode(prompt)
            known[prompt] = len(encoding.ids) - encoding.special[-1]
        return known[prompt]

    def _encode_bare(self, text: str) -> Encoding:
        """An encoding with ids alone, all of type 0."""
        ids, cut = self._tokenizer.encode_ids(text)
        return Encoding(ids, [0] * len(ids), [], [], [], cut)

    def _prompt(self, name: str | None) -> str:
        """The prompt of that name, or the model's default if None; empty if there is none."""
        chosen = self._default if name is None else name
        if not chosen:
            return ""
        if chosen not in self._prompts:
            known = ", ".join(self._prompts) or "none"
            raise UsageError(f"{self._name}: has no prompt {chosen!r}; its prompts: {known}")
        return self._prompts[chosen]


def _refuse_empty(texts: Sequence[Text]) -> None:
    if not texts:
        raise EncoderfileError("Cannot tokenize empty string: no text was given, expected at least one")
    for number, text in enumerate(texts, 1):
        if not text or (isinstance(text, tuple) and not all(text)):
            raise EncoderfileError(f"Cannot tokenize empty string: text {number} of {len(texts)} is empty")
