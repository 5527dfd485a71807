"""A regular expression in the `tokenizers` library's syntax, Oniguruma's, compiled for Python's `re` or as an automaton."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .known import KNOWN
from .ranges import ASCII
from .syntax import parse
from .translation import ranges_in, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .automaton import Automaton
    from .tree import Node

# An expression is compiled for the highest character of a text: classes of all of Unicode take long to compile.
_LIMITS = (ASCII, 0xFFFF, 0x10FFFF)
_MAX_RANGES = 1 << 15  # ranges of all classes of an expression, for `re`: it takes too long to compile more

# Marks of parts that `re` has and an automaton may lack: atomic groups, possessive quantifiers, look-behinds.
_NO_AUTOMATON = ("(?>", "?+", "*+", "++", "(?<")


class Pattern:
    """A compiled regular expression that does not match the empty string."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        """Compile the expression for ASCII text, which shows whether it is supported.

        Raises:
            UnsupportedError: it is not.
        """
        self.source = source
        _finder(source, ASCII)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match, from left to right."""
        return self._finder(text).spans(text)

    def findall(self, text: str) -> list[str]:
        """The text of each match."""
        return self._finder(text).findall(text)

    def replace(self, text: str, content: str) -> str:
        """The text with every match replaced by `content`."""
        return self._finder(text).replace(text, content)

    def _finder(self, text: str) -> Backtracking | Automaton:
        if text.isascii():
            return _finder(self.source, ASCII)
        return _finder(self.source, _LIMITS[1 if max(text) <= "\uffff" else 2])


class Backtracking:
    """Finds matches with Python's `re`."""

    __slots__ = ("_compiled",)

    def __init__(self, node: Node, limit: int) -> None:
        self._compiled = re.compile(translate(node, limit))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match, from left to right."""
        return (match.span() for match in self._compiled.finditer(text))

    def findall(self, text: str) -> list[str]:
        """The text of each match."""
        if self._compiled.groups:  # those of atomic groups in `translation`; with groups, re.findall returns these
            return [match[0] for match in self._compiled.finditer(text)]
        found: list[str] = self._compiled.findall(text)
        return found

    def replace(self, text: str, content: str) -> str:
        """The text with every match replaced by `content`."""
        return self._compiled.sub(lambda _: content, text)


@cache
def _finder(source: str, limit: int) -> Backtracking | Automaton:
    """The expression compiled for texts with characters up to `limit`, with `re` if that takes linear time."""
    node = parse(source, limit)
    if source in KNOWN:
        return Backtracking(node, limit)
    from .analysis import is_linear

    if is_linear(node) and ranges_in(node) <= _MAX_RANGES:
        if limit == ASCII and any(mark in source for mark in _NO_AUTOMATON):
            _check_other_limits(source)
        return Backtracking(node, limit)
    return _automaton(source)


def _check_other_limits(source: str) -> None:
    """Compile for the other limits now if these might need an automaton that does not exist: fail at load, not in use.

    Raises:
        UnsupportedError: the expression is supported for ASCII text only.
    """
    from .program import has_automaton

    if not has_automaton(parse(source, ASCII)):
        for limit in _LIMITS[1:]:
            _finder(source, limit)


@cache
def _automaton(source: str) -> Automaton:
    from .automaton import Automaton  # imported late: most expressions are matched with `re`

    return Automaton(parse(source, _LIMITS[-1]))
