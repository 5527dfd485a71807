"""Finds all matches of a regular expression in time that grows as the text does, without backtracking.

The text is read twice (Frisch and Cardelli, "Greedy Regular Expression Matching", 2004). From right to left: at each
place, the set of states from which a match can be reached; look-aheads are states among them. Then from left to right:
where a match can begin, the preferred way through the automaton is taken, and those sets say at every choice whether it
leads to a match. Nothing is tried in vain, so that all matches together take as long as one.

Sets of states and what precedes them are kept as they turn up, as in a lazily built deterministic automaton.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import Kind, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .tree import Node

_MAX_BITS = 1 << 26  # of kept sets


class Automaton:
    """A compiled regular expression that does not match the empty string."""

    def __init__(self, node: Node) -> None:
        """Compile it.

        Raises:
            UnsupportedError: it is too large, or has a part that an automaton cannot have.
        """
        self._sets = _Sets(Program(node))
        self._behind = [_Sets(program) for program in self._sets.program.behind]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match, from left to right."""
        sets = self._sets
        found = sets.backwards(text, self._places(text))
        entry = sets.program.entry
        begins = 1 << entry
        position = 0
        while position < len(text):
            if found[position].states & begins:
                start, position = position, sets.end(found, position, entry)
                yield start, position
            else:
                position += 1

    def findall(self, text: str) -> list[str]:
        """The text of each match."""
        return [text[start:end] for start, end in self.spans(text)]

    def replace(self, text: str, content: str) -> str:
        """The text with that in the place of every match."""
        parts = []
        position = 0
        for start, end in self.spans(text):
            parts += [text[position:start], content]
            position = end
        return "".join([*parts, text[position:]])

    def _places(self, text: str) -> Sequence[int] | None:
        """At each place, a set of the anchors and look-behinds that hold there; None where the automaton has none."""
        anchors = self._sets.program.anchors
        if not anchors and not self._behind:
            return None
        places = [0] * (len(text) + 1)
        for number, kind in enumerate(anchors):
            for position in _anchored(kind, text):
                places[position] |= 1 << number
        for number, sets in enumerate(self._behind, len(anchors)):
            for position in sets.ends(text):
                places[position] |= 1 << number
        return places


class _Set:
    """A set of states at a place in a text.

    Attributes:
        states: the set, a bit a state.
        moves: by symbol and places, the set one character before.
        chosen: by state, the next one on the preferred way that takes a character or accepts.
    """

    __slots__ = ("chosen", "moves", "states")

    def __init__(self, states: int) -> None:
        self.states = states
        self.moves: dict[int, _Set] = {}
        self.chosen: dict[int, int] = {}


class _Sets:
    """The sets of states of a program, found as texts need them. Several threads may share them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._symbols = _Symbols(program)
        self._known: dict[int, _Set] = {}
        self._kept = 0

    def backwards(self, text: str, places: Sequence[int] | None) -> list[_Set]:
        """At each place of a text, the states from which a match can be reached."""
        symbols = self._symbols
        current = self._set(0, places[-1] if places else 0)
        found = [current] * (len(text) + 1)
        for position in range(len(text) - 1, -1, -1):
            move = symbols[text[position]]
            if places:
                move |= places[position] << 21  # above any symbol
            current = current.moves.get(move) or self._move(current, move)
            found[position] = current
        return found

    def ends(self, text: str) -> Iterator[int]:
        """The places where a mirrored program has just matched."""
        symbols = self._symbols
        current = self._set(0, 0)
        entry = 1 << self.program.entry
        for position, character in enumerate(text, 1):
            move = symbols[character]
            current = current.moves.get(move) or self._move(current, move)
            if current.states & entry:
                yield position

    def end(self, found: list[_Set], position: int, state: int) -> int:
        """Where the match ends that begins at a place in a state."""
        while True:
            here = found[position]
            taken = here.chosen.get(state)
            if taken is None:
                taken = here.chosen[state] = self._choose(here.states, state)
            if not taken:
                return position
            position += 1
            state = taken - 1

    def _choose(self, states: int, state: int) -> int:
        steps = self.program.steps
        while (step := steps.get(state)) is not None:
            state = step.first if step.kind == Kind.CHOICE and states >> step.first & 1 else step.following
        return state

    def _move(self, current: _Set, move: int) -> _Set:
        if self._kept > _MAX_BITS:
            self._known, self._kept = {}, 0  # those in use stay until the text is done
        self._kept += self.program.entry + 1024
        taken = current.states << 1 & self.program.taking[move & (1 << 21) - 1]
        current.moves[move] = before = self._set(taken, move >> 21)
        return before

    def _set(self, states: int, places: int) -> _Set:
        """These states, those that accept, and those that lead to them without a character."""
        states |= self.program.accepting
        steps = self.program.steps
        for number in self.program.order:
            step = steps[number]
            if step.kind == Kind.CHOICE:
                reached = (states >> step.first | states >> step.following) & 1
            else:
                condition = (states if step.kind == Kind.AHEAD else places) >> step.first & 1
                reached = condition != step.negated and states >> step.following & 1
            if reached:
                states |= 1 << number
        found = self._known.get(states)
        if found is None:
            found = self._known[states] = _Set(states)
        return found


class _Symbols(dict[str, int]):
    """The symbol of each character, filled as they turn up."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def __missing__(self, character: str) -> int:
        self[character] = symbol = self._program.symbol(ord(character))
        return symbol


def _anchored(kind: str, text: str) -> Iterator[int]:
    """Where an anchor holds: `^` after a newline but not at the end, as in Ruby."""
    last = len(text)
    if kind in "^A":
        yield 0
    if kind in "$zZ":
        yield last
    if kind == "Z" and text.endswith("\n"):
        yield last - 1
    if kind in "^$":
        for position, character in enumerate(text):
            if character == "\n" and (kind == "$" or position + 1 < last):
                yield position + (kind == "^")
