"""BERT's basic tokenizer (https://github.com/google-research/bert, tokenization.py) in the form of `tokenizers`.

This is what a definition says of it; the work is in `bert_steps`, and for most texts in `bert_chunks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields

    from .aligned import AlignedText


class BertNormalizer:
    """Cleans, sets Chinese characters apart, removes accents and lowers the case."""

    __slots__ = ("clean_text", "handle_chinese_chars", "lowercase", "strip_accents")

    def __init__(
        self, *, clean_text: bool, handle_chinese_chars: bool, strip_accents: bool | None, lowercase: bool
    ) -> None:
        self.clean_text = clean_text
        self.handle_chinese_chars = handle_chinese_chars
        self.strip_accents = lowercase if strip_accents is None else strip_accents
        self.lowercase = lowercase

    @classmethod
    def read(cls, fields: Fields) -> BertNormalizer:
        """From its object; `strip_accents` may be null: then it follows `lowercase`."""
        return cls(
            clean_text=fields.boolean("clean_text"),
            handle_chinese_chars=fields.boolean("handle_chinese_chars"),
            strip_accents=fields.boolean("strip_accents") if fields.given("strip_accents") else None,
            lowercase=fields.boolean("lowercase"),
        )

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with what is switched on done to it."""
        from .bert_steps import normalize

        return normalize(self, text)

    def plain(self, text: str) -> str:
        """The same without where it came from."""
        from .aligned import AlignedText

        return self.normalize(AlignedText.original(text)).text


class BertPreTokenizer:
    """Words are what white space separates; punctuation marks are words of their own."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> BertPreTokenizer:
        """From its object, which has no options."""
        return cls()

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words and punctuation marks."""
        from .bert_steps import split

        return split(text)
