"""BERT's normalizer and pre-tokenizer as a table of characters, for `str.translate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.unicode.characters import character_set
from encoderfile_runtime.tokenizer.unicode.normal_forms import combining_class, decomposition

if TYPE_CHECKING:
    from encoderfile_runtime.tokenizer.normalizers.bert import BertNormalizer


class _ReorderedError(Exception):
    """A mark that may change places with its neighbours, so that no table of characters can stand for it."""


class WordTable(dict[int, str]):
    """What becomes of a character: normalized, with blanks around what is a word of its own.

    It is filled as characters turn up.
    """

    def __init__(self, normalizer: BertNormalizer) -> None:
        super().__init__()
        self._normalizer = normalizer

    def words(self, text: str) -> list[str] | None:
        """The words of a text; None where they depend on more than each of its characters."""
        try:
            return text.translate(self).split()
        except _ReorderedError:
            return None

    def __missing__(self, code: int) -> str:
        character = chr(code)
        accents, punctuation = character_set("ACCENT"), character_set("PUNCTUATION")
        if self._normalizer.strip_accents and any(
            combining_class(part) and part not in accents for part in decomposition(character, "NFD")
        ):
            raise _ReorderedError
        normalized = self._normalizer.normalize(AlignedText.original(character)).text
        words = "".join(f" {part} " if part in punctuation else part for part in normalized)
        self[code] = words
        return words
