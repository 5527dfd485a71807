"""BERT's normalizer: the first half of `BasicTokenizer` in https://github.com/google-research/bert, tokenization.py.

Most texts take the fast path, `fast.bert_chunks`, instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.unicode.characters import character_set, lowercase

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields

# The control characters that count as white space and become a blank; all others are removed.
_BLANKS = frozenset("\t\n\r")


class BertNormalizer:
    """Removes control characters, puts blanks around Chinese characters, removes accents and maps to lower case.

    Each step can be switched off; the attributes are the options of the same name in tokenizer.json.
    """

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
        """Read its object; a `strip_accents` of null means the value of `lowercase`."""
        return cls(
            clean_text=fields.boolean("clean_text"),
            handle_chinese_chars=fields.boolean("handle_chinese_chars"),
            strip_accents=fields.boolean("strip_accents") if fields.given("strip_accents") else None,
            lowercase=fields.boolean("lowercase"),
        )

    def normalize(self, text: AlignedText) -> AlignedText:
        """The normalized text."""
        if self.clean_text:
            text = _clean(text)
        if self.handle_chinese_chars and not text.text.isascii():
            chinese = character_set("CHINESE")
            text = text.map(lambda character: f" {character} " if character in chinese else character)
        if self.strip_accents and not text.text.isascii():
            # Imported late: its tables take a millisecond, and ASCII has no accents.
            from encoderfile_runtime.tokenizer.unicode.normal_forms import decompose

            accents = character_set("ACCENT")
            text = text.rewrite(decompose(text.text, "NFD")).keep(lambda character: character not in accents)
        if self.lowercase:
            table = lowercase()
            text = text.map(lambda character: table.get(ord(character), character))
        return text

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return self.normalize(AlignedText.original(text)).text


def _clean(text: AlignedText) -> AlignedText:
    """The text without control characters, and with every kind of white space replaced by a blank."""
    if text.text.isascii() and text.text.isprintable():
        return text
    controls, spaces = character_set("CONTROL"), character_set("SPACE")
    return text.keep(lambda character: character in _BLANKS or character not in controls).map(
        lambda character: " " if character in spaces else character
    )
