"""BERT's normalizer and pre-tokenizer as one translation table, for `str.translate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.unicode.characters import character_set
from encoderfile_runtime.tokenizer.unicode.normal_forms import combining_class, decomposition

if TYPE_CHECKING:
    from encoderfile_runtime.tokenizer.normalizers.bert import BertNormalizer


class _ReorderedError(Exception):
    """A combining mark whose place depends on its neighbours (canonical ordering), which a table cannot express."""


class WordTable(dict[int, str]):
    """Each character's normalized form, with blanks around punctuation and Chinese characters, which are words.

    Entries are computed on first use.
    """

    def __init__(self, normalizer: BertNormalizer) -> None:
        super().__init__()
        self._normalizer = normalizer

    def words(self, text: str) -> list[str] | None:
        """The words of a text; None if a character of it cannot be translated alone."""
        try:
            return text.translate(self).split()
        except _ReorderedError:
            return None

    def __missing__(self, code: int) -> str:
        character = chr(code)
        accents, punctuation = character_set("ACCENT"), character_set("PUNCTUATION")
        # NFD sorts combining marks. That is of no consequence for accents, which are removed; for a mark that stays it
        # is.
        if self._normalizer.strip_accents and any(
            combining_class(part) and part not in accents for part in decomposition(character, "NFD")
        ):
            raise _ReorderedError
        normalized = self._normalizer.normalize(AlignedText.original(character)).text
        words = "".join(f" {part} " if part in punctuation else part for part in normalized)
        self[code] = words
        return words
