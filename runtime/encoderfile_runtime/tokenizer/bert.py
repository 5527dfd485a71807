"""BERT's basic tokenizer (https://github.com/google-research/bert, tokenization.py) in the form of `tokenizers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .characters import character_set, lowercase

if TYPE_CHECKING:
    from .aligned import AlignedText
    from .definition import Fields

# Control characters that become a blank; the other ones are removed.
_BLANKS = frozenset("\t\n\r")


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
        if self.clean_text:
            text = clean(text)
        if self.handle_chinese_chars and not text.text.isascii():
            chinese = character_set("CHINESE")
            text = text.map(lambda character: f" {character} " if character in chinese else character)
        if self.strip_accents and not text.text.isascii():
            from .normal_forms import decompose  # not for ASCII: it takes a millisecond

            accents = character_set("ACCENT")
            text = text.rewrite(decompose(text.text, "NFD")).keep(lambda character: character not in accents)
        if self.lowercase:
            table = lowercase()
            text = text.map(lambda character: table.get(ord(character), character))
        return text


def clean(text: AlignedText) -> AlignedText:
    """The text without control characters, every kind of white space a blank."""
    if text.text.isascii() and text.text.isprintable():
        return text
    controls, spaces = character_set("CONTROL"), character_set("SPACE")
    return text.keep(lambda character: character in _BLANKS or character not in controls).map(
        lambda character: " " if character in spaces else character
    )


class BertPreTokenizer:
    """Words are what white space separates; punctuation marks are words of their own."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> BertPreTokenizer:
        """From its object, which has no options."""
        return cls()

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words and punctuation marks."""
        spaces, marks = character_set("SPACE"), character_set("PUNCTUATION")
        words = []
        start = 0
        for position, character in enumerate(text.text):
            space = character in spaces
            if space or character in marks:
                words.append(text[start:position])
                if not space:
                    words.append(text[position : position + 1])
                start = position + 1
        words.append(text[start:])
        return words
