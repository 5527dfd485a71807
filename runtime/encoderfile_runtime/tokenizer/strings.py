"""Search for several strings in a text, leftmost-longest.

A few are searched for with one regular expression. `re` tries the alternatives one by one at each character, so for
many strings an automaton is used instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .aho_corasick import AhoCorasick

_FEW = 1 << 12  # characters of all strings together, up to which `re` is used


class Strings:
    """A set of non-empty strings that are searched for together."""

    def __init__(self, strings: Collection[str]) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._automaton: AhoCorasick | None = None
        if sum(map(len, strings)) > _FEW:
            from .aho_corasick import AhoCorasick  # imported late: most models have few added tokens

            self._automaton = AhoCorasick(strings)
        elif strings:
            # Longest first: of alternatives that match at one place, `re` takes the first.
            self._pattern = re.compile("|".join(map(re.escape, sorted(strings, key=len, reverse=True))))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each occurrence, from left to right."""
        if self._automaton:
            return self._automaton.spans(text)
        return (match.span() for match in self._pattern.finditer(text)) if self._pattern else iter(())

    def occurs(self, text: str) -> bool:
        """Whether any of the strings occurs in the text."""
        if self._pattern:
            return bool(self._pattern.search(text))
        return any(True for _ in self.spans(text))
