"""What BERT's normalizer and pre-tokenizer do to a text, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .unicode.characters import character_set, lowercase

if TYPE_CHECKING:
    from .aligned import AlignedText
    from .bert import BertNormalizer

# Control characters that become a blank; the other ones are removed.
_BLANKS = frozenset("\t\n\r")


def normalize(options: BertNormalizer, text: AlignedText) -> AlignedText:
    """The text with what is switched on done to it."""
    if options.clean_text:
        text = clean(text)
    if options.handle_chinese_chars and not text.text.isascii():
        chinese = character_set("CHINESE")
        text = text.map(lambda character: f" {character} " if character in chinese else character)
    if options.strip_accents and not text.text.isascii():
        from .unicode.normal_forms import decompose  # not for ASCII: it takes a millisecond

        accents = character_set("ACCENT")
        text = text.rewrite(decompose(text.text, "NFD")).keep(lambda character: character not in accents)
    if options.lowercase:
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


def split(text: AlignedText) -> list[AlignedText]:
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
