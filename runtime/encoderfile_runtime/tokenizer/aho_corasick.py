"""The automaton of Aho and Corasick ("Efficient string matching", 1975), of strings and texts that are read backwards.

After a character, its state tells the longest string that begins there, whatever the number of strings.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class AhoCorasick:
    """The automaton of some strings. A move is a state and a character, as one number."""

    def __init__(self, strings: Collection[str]) -> None:
        self._moves: dict[int, int] = {}
        self._longest = [0]  # by state, the longest string whose beginning it has read
        below: list[list[int]] = [[]]  # by state, the moves to longer ones
        for string in strings:
            state = 0
            for character in reversed(string):
                move = state << 21 | ord(character)
                following = self._moves.get(move)
                if following is None:
                    following = self._moves[move] = len(below)
                    below[state].append(move)
                    below.append([])
                    self._longest.append(0)
                state = following
            self._longest[state] = len(string)
        self._shorter = [0] * len(below)  # by state, the one for the longest end of what it has read
        queue = deque([0])
        while queue:
            state = queue.popleft()
            for move in below[state]:
                following = self._moves[move]
                code = move & (1 << 21) - 1
                shorter = self._follow(self._shorter[state], code) if state else 0
                self._shorter[following] = shorter
                self._longest[following] = self._longest[following] or self._longest[shorter]
                queue.append(following)

    def _follow(self, state: int, code: int) -> int:
        moves, shorter = self._moves, self._shorter
        while state and state << 21 | code not in moves:
            state = shorter[state]
        return moves.get(state << 21 | code, 0)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each occurrence, from left to right."""
        lengths = []
        state = 0
        for character in reversed(text):
            state = self._follow(state, ord(character))
            lengths.append(self._longest[state])
        position = 0
        while position < len(text):
            length = lengths[-1 - position]
            if length:
                yield position, position + length
            position += length or 1
