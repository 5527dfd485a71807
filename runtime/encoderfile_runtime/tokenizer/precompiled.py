"""SentencePiece's normalizer: a table of strings and what replaces them, as a double-array trie.

The trie is Darts-clone's (https://github.com/s-yata/darts-clone); a unit of it has a label in its lowest byte, whether
a value follows in bit 8, and in bits 10 and up where its children are, times 256 if bit 9 is set.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from typing import TYPE_CHECKING

from .aligned import AlignedText

if TYPE_CHECKING:
    from .definition import Fields

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
        try:
            data = b64decode(fields.string("precompiled_charsmap"), validate=True)
        except ValueError:
            fields.fault("expected base64", "precompiled_charsmap")
            data = b""
        size = int.from_bytes(data[:4], "little") // 4 * 4
        if not 4 <= size <= len(data) - 4 and data:
            fields.fault(f"expected a trie of {size} bytes in {len(data)}", "precompiled_charsmap")
        elif fields.is_empty("precompiled_charsmap"):
            fields.fault("is empty", "precompiled_charsmap")
        units = array("I", data[4 : 4 + size // 4 * 4] if size <= len(data) - 4 else b"")
        if sys.byteorder == "big":
            units.byteswap()
        return cls(units, data[4 + size :])

    def replacement(self, text: str) -> str | None:
        """What replaces a text: the replacement of its shortest beginning that has one."""
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

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with everything replaced."""
        from .graphemes import clusters, joining  # not for simple text: the tables take milliseconds

        changes: list[tuple[str, int]] = []
        changed = False
        for cluster in clusters(text.text) if joining().search(text.text) else text.text:
            whole = self.replacement(cluster) if len(cluster.encode()) <= _MAX_CLUSTER else None
            for part in cluster if whole is None else (cluster,):
                new = self.table.replacement(part) if whole is None else whole
                if new is None:
                    changes.append((part, 0))
                else:
                    changed = True
                    _replace(changes, len(part), new)
        return text.rewrite(changes) if changed else text

    def plain(self, text: str) -> str:
        """The same without where it came from."""
        if text.isascii() and "\r" not in text:
            return text.translate(self.table)
        from .graphemes import joining

        if joining().search(text):
            return self.normalize(AlignedText.original(text)).text
        return text.translate(self.table)


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

    def replacement(self, character: str) -> str | None:
        """What replaces a character; None where nothing does, or it itself."""
        image = self[ord(character)]
        return None if image == character else image
