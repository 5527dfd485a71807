"""Finds several strings in a text: the leftmost first, of those that begin there the longest.

A few are one regular expression. Many would each be tried at each character: these are found by an automaton.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .aho_corasick import AhoCorasick

_FEW = 1 << 12  # characters of all strings together


class Strings:
    """Strings that are looked for together; none of them is empty."""

    def __init__(self, strings: Collection[str]) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._automaton: AhoCorasick | None = None
        if sum(map(len, strings)) > _FEW:
            from .aho_corasick import AhoCorasick  # not for the few special tokens that most models have

            self._automaton = AhoCorasick(strings)
        elif strings:
            self._pattern = re.compile("|".join(map(re.escape, sorted(strings, key=len, reverse=True))))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each occurrence, from left to right."""
        if self._automaton:
            return self._automaton.spans(text)
        return (match.span() for match in self._pattern.finditer(text)) if self._pattern else iter(())

    def occurs(self, text: str) -> bool:
        """Whether one of them is in the text."""
        if self._pattern:
            return bool(self._pattern.search(text))
        return any(True for _ in self.spans(text))
