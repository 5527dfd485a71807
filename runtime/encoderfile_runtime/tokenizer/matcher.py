"""Added tokens in a text: the leftmost first, of several there the longest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .unicode.characters import character_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .added_tokens import AddedToken


class Matcher:
    """Finds tokens in a text."""

    __slots__ = ("_pattern", "_tokens")

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        self._tokens: dict[str, AddedToken] = {}
        for content, token in tokens:
            self._tokens.setdefault(content, token)
        longest_first = sorted(self._tokens, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def split(self, text: str) -> Iterator[tuple[int, int, AddedToken | None]]:
        """The parts of a text, start and end, with the token that a part is."""
        done = 0
        for match in self._pattern.finditer(text) if self._tokens else ():
            token = self._tokens[match[0]]
            start, end = match.span()
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            if token.lstrip:
                start = max(_skip_back(text, start), done)
            if token.rstrip:
                end = _skip(text, end)
            if done < start:
                yield done, start, None
            yield start, end, token
            done = end
        if done < len(text):
            yield done, len(text), None


def _is_word(character: str) -> bool:
    return bool(character) and character in character_set("WORD")


def _skip(text: str, position: int) -> int:
    spaces = character_set("SPACE")
    while position < len(text) and text[position] in spaces:
        position += 1
    return position


def _skip_back(text: str, position: int) -> int:
    spaces = character_set("SPACE")
    while position and text[position - 1] in spaces:
        position -= 1
    return position
