"""Finds all matches of a regular expression in linear time, without backtracking.

The text is read in two passes (Frisch and Cardelli, "Greedy Regular Expression Matching", 2004). The first, from right
to left, finds at each place the set of states from which a match can be reached; look-aheads are states among them. The
second, from left to right, starts where a match can begin and follows the preferred path: at each choice, the set of
this place says whether the preferred state leads to a match. No path is abandoned, so all matches together take linear
time.

Sets of states and the transitions between them are cached, as in a lazily built DFA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import Kind, Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .tree import Node

_MAX_BITS = 1 << 26  # of cached sets: 8 MiB


class Automaton:
    """A compiled regular expression that does not match the empty string."""

    def __init__(self, node: Node) -> None:
        """Compile the expression.

        Raises:
            UnsupportedError: it is too large, or has a part that an automaton cannot express.
        """
        self._sets = _Sets(Program(node))
        self._behind = [_Sets(program) for program in self._sets.program.behind]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match, from left to right."""
        sets = self._sets
        found = sets.backwards(text, self._places(text))  # by place, the states from which a match can be reached
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
        """The text with every match replaced by `content`."""
        parts = []
        position = 0
        for start, end in self.spans(text):
            parts += [text[position:start], content]
            position = end
        return "".join([*parts, text[position:]])

    def _places(self, text: str) -> Sequence[int] | None:
        """At each place, the set of anchors and look-behinds that hold, as bits; None if the expression has none."""
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
    """A state of the lazily built DFA: a set of states of the program.

    Attributes:
        states: the set, one bit for each state.
        moves: transitions: by symbol and the conditions that hold, the set one character earlier.
        chosen: by state, the next state on the preferred path that consumes a character or accepts.
    """

    __slots__ = ("chosen", "moves", "states")

    def __init__(self, states: int) -> None:
        self.states = states
        self.moves: dict[int, _Set] = {}
        self.chosen: dict[int, int] = {}


class _Sets:
    """The lazily built DFA of a program. Several threads may share it: at worst they compute the same set twice."""

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
                move |= places[position] << 21  # a symbol is less than the number of code points, 21 bits
            current = current.moves.get(move) or self._move(current, move)
            found[position] = current
        return found

    def ends(self, text: str) -> Iterator[int]:
        """The places where a match of the look-behind ends, for its mirrored program and the text read forwards."""
        symbols = self._symbols
        current = self._set(0, 0)
        entry = 1 << self.program.entry
        for position, character in enumerate(text, 1):
            move = symbols[character]
            current = current.moves.get(move) or self._move(current, move)
            if current.states & entry:
                yield position

    def end(self, found: list[_Set], position: int, state: int) -> int:
        """The end of the match that begins at `position` in `state`: follow the preferred path until it accepts."""
        while True:
            here = found[position]
            taken = here.chosen.get(state)
            if taken is None:
                taken = here.chosen[state] = self._choose(here.states, state)
            if not taken:  # state 0 accepts
                return position
            position += 1
            state = taken - 1  # the state after one that consumes a character is numbered one lower

    def _choose(self, states: int, state: int) -> int:
        """Follow the steps that need no character: at a choice the first state if it can match, else the other."""
        steps = self.program.steps
        while (step := steps.get(state)) is not None:
            state = step.first if step.kind == Kind.CHOICE and states >> step.first & 1 else step.following
        return state

    def _move(self, current: _Set, move: int) -> _Set:
        if self._kept > _MAX_BITS:
            self._known, self._kept = {}, 0  # sets of the current text live on in its list
        self._kept += self.program.entry + 1024
        # States that consume this symbol and whose successor, numbered one lower, can reach a match.
        taken = current.states << 1 & self.program.taking[move & (1 << 21) - 1]
        current.moves[move] = before = self._set(taken, move >> 21)
        return before

    def _set(self, states: int, places: int) -> _Set:
        """The closure: the given states, accepting ones, and those that reach them without consuming a character.

        One pass suffices: the order of the program has each state after its successors.
        """
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
    """The symbol of each character, computed on first use."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def __missing__(self, character: str) -> int:
        self[character] = symbol = self._program.symbol(ord(character))
        return symbol


def _anchored(kind: str, text: str) -> Iterator[int]:
    """The places where an anchor holds in Oniguruma's Ruby syntax: `^` also after a newline, unless that ends the text."""
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
