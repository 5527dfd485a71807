"""BERT's pre-tokenizer: second half of `BasicTokenizer` in https://github.com/google-research/bert, tokenization.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.unicode.characters import character_set

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText


class BertPreTokenizer:
    """Cuts at white space, which is removed, and around each punctuation mark."""

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
                words.append(text[start:position])  # may be empty, between two marks; the pipeline skips empty words
                if not space:
                    words.append(text[position : position + 1])
                start = position + 1
        words.append(text[start:])
        return words
