"""A regular expression as a nondeterministic automaton (Thompson's construction), whose sets of states are integers.

State 0 accepts. A state that takes a character is followed by the state numbered one lower, so that all those that may
have come before a set of states are the set shifted by one bit. Every other state is followed by states at the same
place in the text; these need no character and are put in an order in which each comes after those that follow it.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from graphlib import TopologicalSorter
from typing import NamedTuple

from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat, UnsupportedError

MAX_STATES = 4096


class Kind(IntEnum):
    """What a state does that takes no character."""

    CHOICE = 0  # goes on with the first of two states from which a match can be reached
    AHEAD = 1  # goes on if a match can be reached, or cannot, from another state
    PLACE = 2  # goes on at some places of the text: at anchors, or where a look-behind holds


class Step(NamedTuple):
    """A state that takes no character.

    Attributes:
        kind: what it does.
        first: CHOICE: the state that is preferred. AHEAD: the first state of the look-ahead. PLACE: the number of the place.
        following: the state after it; of CHOICE the other one.
        negated: whether it goes on where the condition does not hold.
    """

    kind: Kind
    first: int
    following: int
    negated: bool = False


class Program:
    """The automaton of an expression.

    Attributes:
        entry: the state in which a match begins.
        accepting: the set of states that accept: 0, and the ends of look-aheads.
        steps: the states that take no character, by number.
        order: their numbers, each after those of the states that follow it.
        anchors: what the first places are, `^` for example.
        behind: what the other places are: where these have just matched, read from right to left.
        taking: by symbol, the set of states that take it.
    """

    def __init__(self, node: Node, *, mirrored: bool = False) -> None:
        """Build it; `mirrored` is for text that is read from right to left.

        Raises:
            UnsupportedError: it would be too large, or has a part that an automaton cannot have.
        """
        if (size := states_of(node)) > MAX_STATES:
            raise UnsupportedError(
                f"it has {size} states when its repetitions are written out, at most {MAX_STATES} fit"
            )
        self._mirrored = mirrored
        self._classes: dict[tuple[tuple[int, int], ...], int] = {}  # the states of each class, as a set
        self._last = -1
        self.accepting = 0
        self.steps: dict[int, Step] = {}
        self.anchors: list[str] = sorted(_anchors(node))
        self.behind: list[Program] = []
        self.entry = self._emit(node, self._accept())
        follow = {
            number: {step.following, *([step.first] if step.kind != Kind.PLACE else [])} & self.steps.keys()
            for number, step in self.steps.items()
        }
        self.order = list(TopologicalSorter(follow).static_order())
        self._starts, self._symbols, self.taking = _alphabet(self._classes)

    def symbol(self, code: int) -> int:
        """The number of the characters that are the same to the automaton as this one."""
        return self._symbols[bisect_right(self._starts, code) - 1]

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _accept(self) -> int:
        number = self._next()
        self.accepting |= 1 << number
        return number

    def _step(self, kind: Kind, first: int, following: int, *, negated: bool = False) -> int:
        number = self._next()
        self.steps[number] = Step(kind, first, following, negated)
        return number

    def _emit(self, node: Node, following: int) -> int:
        """Adds the states of a part, which another state follows; the number of the first."""
        if isinstance(node, Characters):
            if following != self._last:
                self._step(Kind.CHOICE, following, following)
            number = self._next()
            key = tuple(node.members)
            self._classes[key] = self._classes.get(key, 0) | 1 << number
            return number
        if isinstance(node, Concatenation):
            for part in node.parts if self._mirrored else reversed(node.parts):
                following = self._emit(part, following)
            return following
        if isinstance(node, Alternatives):
            entries = [self._emit(branch, following) for branch in node.branches]
            entry = entries.pop()
            while entries:
                entry = self._step(Kind.CHOICE, entries.pop(), entry)
            return entry
        if isinstance(node, Repeat):
            return self._repeat(node, following)
        return self._condition(node, following)

    def _condition(self, node: Atomic | Anchor | Look, following: int) -> int:
        if isinstance(node, Atomic):
            return self._emit(node.body if following == 0 else without_atomic(node), following)
        if isinstance(node, Anchor):
            return self._step(Kind.PLACE, self.anchors.index(node.kind), following)
        if self._mirrored:
            raise UnsupportedError("a look-around in a look-behind")
        if node.behind:
            self.behind.append(Program(node.body, mirrored=True))
            place = len(self.anchors) + len(self.behind) - 1
            return self._step(Kind.PLACE, place, following, negated=node.negated)
        return self._step(Kind.AHEAD, self._emit(node.body, self._accept()), following, negated=node.negated)

    def _repeat(self, node: Repeat, following: int) -> int:
        if node.maximum is None:
            loop = self._next()
            entry = self._emit(node.body, loop)
            self.steps[loop] = self._choice(entry, following, lazy=node.lazy)
            if not node.minimum:
                return loop
        else:
            entry = following
            for _ in range(node.maximum - node.minimum):
                choice = self._choice(self._emit(node.body, entry), following, lazy=node.lazy)
                entry = self._next()
                self.steps[entry] = choice
        for _ in range(node.minimum - (node.maximum is None)):
            entry = self._emit(node.body, entry)
        return entry

    @staticmethod
    def _choice(more: int, fewer: int, *, lazy: bool) -> Step:
        return Step(Kind.CHOICE, fewer, more) if lazy else Step(Kind.CHOICE, more, fewer)


def has_automaton(node: Node) -> bool:
    """Whether an expression can become a program."""
    try:
        Program(node)
    except UnsupportedError:
        return False
    return True


def without_atomic(node: Atomic) -> Node:
    """The same as an atomic group without one: a class that is repeated stops where it has to, or a look-ahead fails.

    Raises:
        UnsupportedError: the group is no repeated class and has choices.
    """
    body = node.body
    if isinstance(body, Repeat) and isinstance(body.body, Characters) and not body.lazy:
        stop = Look(body.body, behind=False, negated=True)
        if body.maximum is None:
            return Concatenation([body, stop])
        if body.minimum < body.maximum:
            full = Repeat(body.body, body.maximum, body.maximum)
            return Alternatives([full, Concatenation([Repeat(body.body, body.minimum, body.maximum - 1), stop])])
    if _has_choices(body):
        raise UnsupportedError("an atomic group with choices, in an expression that could take long without")
    return body


def _has_choices(node: Node) -> bool:
    if isinstance(node, Concatenation):
        return any(map(_has_choices, node.parts))
    if isinstance(node, Repeat):
        return node.minimum != node.maximum or _has_choices(node.body)
    return isinstance(node, (Alternatives, Atomic))


def states_of(node: Node) -> int:
    """How many states a part has at most."""
    if isinstance(node, Concatenation):
        return sum(map(states_of, node.parts))
    if isinstance(node, Alternatives):
        return sum(states_of(branch) + 1 for branch in node.branches)
    if isinstance(node, Repeat):
        return (states_of(node.body) + 1) * max(node.minimum, 1 if node.maximum is None else node.maximum)
    if isinstance(node, Atomic):
        return 2 * states_of(node.body) + 4
    return states_of(node.body) + 2 if isinstance(node, Look) else 2


def _anchors(node: Node) -> set[str]:
    if isinstance(node, Anchor):
        return {node.kind}
    parts: list[Node] = []
    if isinstance(node, Concatenation):
        parts = list(node.parts)
    elif isinstance(node, Alternatives):
        parts = list(node.branches)
    elif isinstance(node, (Repeat, Atomic, Look)) and not (isinstance(node, Look) and node.behind):
        parts = [node.body]
    return {kind for part in parts for kind in _anchors(part)}


def _alphabet(classes: dict[tuple[tuple[int, int], ...], int]) -> tuple[list[int], list[int], list[int]]:
    """Where the ranges of characters begin that no class cuts, the symbol of each range, and the states that take a symbol."""
    changes: dict[int, set[int]] = {0: set()}
    for number, members in enumerate(classes):
        for start, end in members:
            changes.setdefault(start, set()).symmetric_difference_update({number})
            changes.setdefault(end + 1, set()).symmetric_difference_update({number})
    states = list(classes.values())
    known: dict[frozenset[int], int] = {}
    taking: list[int] = []
    starts = sorted(changes)
    symbols = []
    inside: frozenset[int] = frozenset()
    for start in starts:
        inside ^= changes[start]
        if inside not in known:
            known[inside] = len(taking)
            taking.append(sum(states[number] for number in inside))
        symbols.append(known[inside])
    return starts, symbols, taking
