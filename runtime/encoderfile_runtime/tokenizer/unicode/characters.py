"""Character sets and lower case as in the `tokenizers` library, independent of Python's version of Unicode."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache


class CharacterSet:
    """A set of characters as ranges of code points; test one character with `in`."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, table: str) -> None:
        """Decode a generated table: pairs of the distance from the last range's end and this range's length less one."""
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
        """The set as the inside of a bracket expression for `re`."""
        return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in self.ranges())


@cache
def character_set(name: str) -> CharacterSet:
    """The set of that name in `tables`."""
    from . import tables as unicode_tables  # imported late: ASCII text needs none

    return CharacterSet(getattr(unicode_tables, name))


@cache
def lowercase() -> dict[int, str]:
    """A table of upper case letters to lower case ones, for `str.translate`; the context of a letter is ignored."""
    from . import tables as unicode_tables

    table: dict[int, str] = dict(unicode_tables.LOWERCASE_EXPANDING)
    numbers = iter(unicode_tables.LOWERCASE.split())
    for first, count, step, distance in zip(numbers, numbers, numbers, numbers, strict=True):
        start = int(first, 16)
        for code in range(start, start + int(count, 16) * int(step), int(step)):
            table[code] = chr(code + int(distance))
    return table
