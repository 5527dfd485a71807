"""SentencePiece's normalizer: a table of strings and what replaces them, as a double-array trie.

The trie is Darts-clone's (https://github.com/s-yata/darts-clone); a unit of it has a label in its lowest byte, whether
a value follows in bit 8, and in bits 10 and up where its children are, times 256 if bit 9 is set.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from functools import cached_property
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.fields import Fields

_MAX_CLUSTER = 5  # bytes of a grapheme cluster that is looked up as a whole


class Precompiled:
    """Replaces grapheme clusters, or else their characters, by what the table has for them or for their beginning."""

    def __init__(self, units: array[int], replacements: bytes) -> None:
        self._units = units
        self._replacements = replacements
        self.table = _CharacterTable(self)

    @classmethod
    def read(cls, fields: Fields) -> Precompiled:
        """From its object: the size of the trie in bytes, the trie, and the replacements, each ended by a zero."""
        key = "precompiled_charsmap"
        text = fields.string(key)
        try:
            data = b64decode(text, validate=True)
        except ValueError:
            fields.fault("expected base64", key)
            return cls(array("I", [0]), b"")
        size = int.from_bytes(data[:4], "little")
        if size % 4 or not 4 <= size <= len(data) - 4:
            if text or fields.is_empty(key):
                fields.fault(f"expected the size of a trie in {len(data)} bytes, found {size}", key)
            return cls(array("I", [0]), b"")
        units = array("I", data[4 : 4 + size])
        if sys.byteorder == "big":
            units.byteswap()
        return cls(units, data[4 + size :])

    def replacement(self, text: str) -> str | None:
        """The replacement of the shortest prefix of a text that has one; None if no prefix has."""
        units = self._units
        position = (units[0] >> 10) << ((units[0] & 0x200) >> 6)
        for byte in text.encode():
            position ^= byte
            if not byte or position >= len(units) or units[position] & 0x800000FF != byte:
                return None
            unit = units[position]
            position ^= (unit >> 10) << ((unit & 0x200) >> 6)
            if unit & 0x100:
                start = units[position] & 0x7FFFFFFF if position < len(units) else 0
                end = self._replacements.find(b"\0", start)
                return self._replacements[start : end if end >= 0 else None].decode(errors="replace")
        return None

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._replacements.split(b"\0")))

    def grown(self, text: str, limit: int) -> int:
        """How long the result is, or a bound of that which is below the limit."""
        longest = len(text) * max(1, self._longest)
        if longest <= limit:
            return longest
        return sum(len(new) for _, new in self._images(text))

    def _images(self, text: str) -> Iterator[tuple[int, str]]:
        """The parts of a text, each with its length and what replaces it."""
        if self._is_simple(text):
            parts = list(text)
        else:
            from encoderfile_runtime.tokenizer.unicode.clusters import clusters

            parts = clusters(text)
        for part in parts:
            whole = self.replacement(part) if len(part) <= _MAX_CLUSTER and len(part.encode()) <= _MAX_CLUSTER else None
            if whole is not None:
                yield len(part), whole
            else:
                for character in part:
                    yield 1, self.table[ord(character)]

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with everything replaced."""
        if self._is_simple(text.text):
            table = self.table
            if all(table[ord(character)] == character for character in set(text.text)):
                return text
        changes: list[tuple[str, int]] = []
        for length, new in self._images(text.text):
            _replace(changes, length, new)
        return text.rewrite(changes)

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        if self._is_simple(text):
            return text.translate(self.table)
        return self.normalize(AlignedText.original(text)).text

    def _is_simple(self, text: str) -> bool:
        """Whether each character is a cluster."""
        if text.isascii():
            return "\r" not in text
        from encoderfile_runtime.tokenizer.unicode.clusters import joining

        return not joining().search(text)


def _replace(changes: list[tuple[str, int]], length: int, new: str) -> None:
    """Adds the changes for a part of that length, as the library counts them."""
    surplus = len(new) - length
    kept = len(new) - max(surplus, 0)
    changes += [(character, int(index >= kept)) for index, character in enumerate(new)]
    if surplus < 0 and changes:
        changes[-1] = (changes[-1][0], changes[-1][1] + surplus)


class _CharacterTable(dict[int, str]):
    """What becomes of single characters, for `str.translate`; filled as they turn up."""

    def __init__(self, normalizer: Precompiled) -> None:
        super().__init__()
        self._normalizer = normalizer

    def __missing__(self, code: int) -> str:
        found = self._normalizer.replacement(chr(code))
        self[code] = image = chr(code) if found is None else found
        return image
