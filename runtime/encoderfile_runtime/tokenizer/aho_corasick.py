"""Search for many strings at once (Aho and Corasick, "Efficient string matching", 1975), reading the text backwards.

Read forwards, the automaton knows the longest string that *ends* at a character. Leftmost-longest matching needs the
longest one that *begins* there, so strings and texts are read from right to left. The time does not depend on the
number of strings.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class AhoCorasick:
    """The automaton of a set of strings; a transition is keyed by state and character, packed into one integer."""

    def __init__(self, strings: Collection[str]) -> None:
        self._moves: dict[int, int] = {}  # the trie: state << 21 | character, to the next state
        self._longest = [0]  # by state, the length of the longest string that begins at the character just read
        below: list[list[int]] = [[]]  # by state, the keys of its transitions to children
        for string in strings:
            state = 0
            for character in reversed(string):
                move = state << 21 | ord(character)  # a code point has at most 21 bits
                following = self._moves.get(move)
                if following is None:
                    following = self._moves[move] = len(below)
                    below[state].append(move)
                    below.append([])
                    self._longest.append(0)
                state = following
            self._longest[state] = len(string)
        self._shorter = [0] * len(below)  # the failure function: by state, that of the longest proper suffix
        queue = deque([0])  # breadth first: the failure state of a child lies nearer to the root and is known already
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
        """The start and end of each leftmost-longest occurrence, from left to right, none overlapping another."""
        lengths = []  # of the longest string that begins at each character, from the last character to the first
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
