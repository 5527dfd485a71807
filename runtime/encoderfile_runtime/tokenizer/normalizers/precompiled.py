"""SentencePiece's `precompiled_charsmap`: a double-array trie of strings and their replacements.

The trie is that of Darts-clone (https://github.com/s-yata/darts-clone, include/darts.h, DoubleArrayUnit), an array of
32-bit units. A node has its label in bits 0 to 7 and in bit 8 whether a value is attached; the offset to its children
is bits 10 and up, shifted left by 8 if bit 9 is set. Children stand at the node's index XOR the offset XOR their label.
A value unit has bit 31 set and holds the position of the replacement.
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

_MAX_CLUSTER = 5  # bytes; the library looks up a longer grapheme cluster only character by character


class Precompiled:
    """Replaces each grapheme cluster if the table has an entry for it or a prefix of it, else each of its characters."""

    def __init__(self, units: array[int], replacements: bytes) -> None:
        self._units = units
        self._replacements = replacements
        self.table = _CharacterTable(self)

    @classmethod
    def read(cls, fields: Fields) -> Precompiled:
        """Read `precompiled_charsmap`: base64 of the trie's size in bytes (uint32, little-endian), trie, C strings."""
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
        position = (units[0] >> 10) << ((units[0] & 0x200) >> 6)  # bit 9 shifted to 8: an offset in units of 256
        for byte in text.encode():
            position ^= byte
            # The label must match, and bit 31 must be clear: a value unit is no child. The trie is input: no index is
            # trusted.
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
        """The length of the result, or an upper bound of it that is within the limit."""
        longest = len(text) * max(1, self._longest)
        if longest <= limit:
            return longest
        return sum(len(new) for _, new in self._images(text))

    def _images(self, text: str) -> Iterator[tuple[int, str]]:
        """The length and the replacement of each part of a text, a part being a grapheme cluster or a character."""
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
        """The text with all replacements made."""
        if self._is_simple(text.text):
            table = self.table
            # Most texts are normalized already; a look at their distinct characters saves the list of changes.
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
        """Whether each character is a grapheme cluster of its own."""
        if text.isascii():
            return "\r" not in text
        from encoderfile_runtime.tokenizer.unicode.clusters import joining

        return not joining().search(text)


def _replace(changes: list[tuple[str, int]], length: int, new: str) -> None:
    """Append the changes that put `new` in the place of `length` characters, aligned as the library does.

    The first characters replace one each. Surplus new ones are insertions; a surplus of old ones goes to the last
    change.
    """
    surplus = len(new) - length
    kept = len(new) - max(surplus, 0)
    changes += [(character, int(index >= kept)) for index, character in enumerate(new)]
    if surplus < 0 and changes:
        changes[-1] = (changes[-1][0], changes[-1][1] + surplus)


class _CharacterTable(dict[int, str]):
    """Replacements of single characters for `str.translate`, computed on first use."""

    def __init__(self, normalizer: Precompiled) -> None:
        super().__init__()
        self._normalizer = normalizer

    def __missing__(self, code: int) -> str:
        found = self._normalizer.replacement(chr(code))
        self[code] = image = chr(code) if found is None else found
        return image
