"""Sets of characters and the lower case as the `tokenizers` library has them, the same under every Python."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache


class CharacterSet:
    """Characters as ranges of code points; `in` takes one character."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, table: str) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        position = 0
        numbers = iter(table.split())
        for distance, extent in zip(numbers, numbers, strict=True):
            first = position + int(distance, 16)
            position = first + int(extent, 16)
            self._firsts.append(first)
            self._lasts.append(position)

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        index = bisect_right(self._firsts, code) - 1
        return index >= 0 and code <= self._lasts[index]

    def ranges(self) -> list[tuple[int, int]]:
        """The first and last code point of each range."""
        return list(zip(self._firsts, self._lasts, strict=True))

    def pattern(self) -> str:
        """What stands between the brackets of a regular expression for this set."""
        return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in self.ranges())


@cache
def character_set(name: str) -> CharacterSet:
    """The set of that name in `unicode_tables`."""
    from . import tables as unicode_tables  # not before a character is asked for

    return CharacterSet(getattr(unicode_tables, name))


@cache
def lowercase() -> dict[int, str]:
    """Upper case letters to lower case ones, for `str.translate`; no letter looks at its neighbours."""
    from . import tables as unicode_tables

    table: dict[int, str] = dict(unicode_tables.LOWERCASE_EXPANDING)
    numbers = iter(unicode_tables.LOWERCASE.split())
    for first, count, step, distance in zip(numbers, numbers, numbers, numbers, strict=True):
        start = int(first, 16)
        for code in range(start, start + int(count, 16) * int(step), int(step)):
            table[code] = chr(code + int(distance))
    return table
