"""A regular expression as a nondeterministic automaton (Thompson's construction), with sets of states as integers.

State 0 accepts. The successor of a state that consumes a character is the state numbered one lower, so the predecessors
of a set of states are the set shifted left by one bit. All other states consume nothing; `Program.order` lists them
with each after its successors (the reverse of a topological order), so that one pass computes a closure.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from graphlib import TopologicalSorter
from typing import NamedTuple

from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat, UnsupportedError

MAX_STATES = 4096


class Kind(IntEnum):
    """The kinds of states that consume no character."""

    CHOICE = 0  # continues with the first of two states if a match can be reached from it, else with the other
    AHEAD = 1  # continues if a match of a look-ahead can be reached from here, or if negated cannot
    PLACE = 2  # continues at certain places of the text: at an anchor, or where a look-behind holds


class Step(NamedTuple):
    """A state that consumes no character.

    Attributes:
        kind: its kind.
        first: CHOICE: the preferred successor. AHEAD: the entry of the look-ahead. PLACE: the number of the condition.
        following: the successor; of CHOICE, the one that is not preferred.
        negated: whether it continues where the condition does not hold.
    """

    kind: Kind
    first: int
    following: int
    negated: bool = False


class Program:
    """The automaton of an expression.

    Attributes:
        entry: the state in which a match begins.
        accepting: the set of accepting states: 0, and the ends of look-aheads.
        steps: the states that consume no character, by number.
        order: their numbers, each after its successors.
        anchors: the anchors among the conditions of PLACE, `^` for example; these are numbered first.
        behind: the look-behinds among them, as mirrored programs; these are numbered after the anchors.
        taking: by symbol, the set of states that consume it.
    """

    def __init__(self, node: Node, *, mirrored: bool = False) -> None:
        """Build the automaton; a mirrored one matches the reversed expression, for look-behinds.

        Raises:
            UnsupportedError: it would be too large, or has a part that an automaton cannot express.
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
        """The symbol of a code point: the number of the set of characters that no class tells apart from it."""
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
        """Add the states of a node whose successor is `following`; return the number of its first state."""
        if isinstance(node, Characters):
            if (
                following != self._last
            ):  # the successor must be numbered one lower: put a state between that leads there
                self._step(Kind.CHOICE, following, following)
            number = self._next()
            key = tuple(node.members)
            self._classes[key] = self._classes.get(key, 0) | 1 << number
            return number
        if isinstance(node, Concatenation):
            # States are emitted from the end, as each needs the number of its successor.
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
            # Nothing follows at state 0, so nothing makes the group match otherwise: it is like any other part.
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
        """Write a repetition out: x{2,} is x and the loop x+; x{1,3} is x with a choice before each further copy."""
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
    """An equivalent of an atomic group around a repeated class: X+(?!X) for X++, X{3}|X{1,2}(?!X) for X{1,3}+.

    Raises:
        UnsupportedError: the group is not a repeated class and has choices.
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
    """An upper bound on the number of states of a node."""
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
    """Partition the code points by the classes that contain them.

    Args:
        classes: classes as ranges, with the set of states that consume each.

    Returns:
        The first code point of each range that no class cuts, the symbol of each range, and by symbol the set of states
        that consume it.
    """
    changes: dict[int, set[int]] = {0: set()}
    for number, members in enumerate(classes):
        for start, end in members:
            changes.setdefault(start, set()).symmetric_difference_update({number})
            # Symmetric: where a range of a class begins right after another of its ranges, it goes on.
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
