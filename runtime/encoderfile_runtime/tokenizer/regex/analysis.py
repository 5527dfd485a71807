r"""Which regular expressions Python's backtracking `re` finds in linear time, by the tree alone; in doubt none.

Backtracking is slow where something has scanned many characters and then fails: it tries again with fewer, and the
search tries again from the next character. Two rules exclude that for every repetition without end:

1. Whatever follows it cannot fail. Then it never gives anything back, and what it scans is part of a match.
2. It is one class X, repeated at the start of a branch of the whole expression, and what follows it takes a bounded number
   of steps. If it fails after so many characters, a later branch, a class that holds X repeated with nothing after it that
   fails, takes all of them; no branch between can end earlier but those that this rule covers too. Each of these gives
   something back once in a run of characters: it stops at the last place in the run where its end matches, whatever its
   start was, so further starts in this run fail. Of this kind is `\s*[\r\n]+|\s+(?!\S)|\s+`.

Everything else is counted: all ways through it may be tried at each character.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import inf

from .ranges import Ranges, union
from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat

MAX_STEPS = 256  # at each character

Cost = tuple[float, float]  # steps, and ways to match; infinite where a rule is broken


def is_linear(node: Node) -> bool:
    """Whether the time to find all matches is bounded by the length of a text times a small number."""
    branches: list[Node] = list(node.branches) if isinstance(node, Alternatives) else [node]
    steps = 0.0
    for index, branch in enumerate(branches):
        cost = _cost(branch, rest_may_fail=False)[0]
        steps += cost if cost < inf else _scan_cost(branch, branches[index + 1 :])
    return steps <= MAX_STEPS


def _cost(node: Node, *, rest_may_fail: bool) -> Cost:
    """Steps and ways of all that backtracking may try from one character on, apart from what becomes part of a match."""
    if isinstance(node, (Characters, Anchor)):
        return 1, 1
    if isinstance(node, Look):
        return 1 + _cost(node.body, rest_may_fail=True)[0], 1
    if isinstance(node, Atomic):
        return _cost(node.body, rest_may_fail=rest_may_fail)[0], 1
    if isinstance(node, Alternatives):
        costs = [_cost(branch, rest_may_fail=rest_may_fail) for branch in node.branches]
        return sum(cost[0] for cost in costs), sum(cost[1] for cost in costs)
    if isinstance(node, Repeat):
        return _repeat_cost(node, rest_may_fail=rest_may_fail)
    costs = []
    for part in reversed(node.parts):
        costs.append(_cost(part, rest_may_fail=rest_may_fail))
        rest_may_fail = rest_may_fail or _may_fail(part)
    steps, ways = 0.0, 1.0
    for part_steps, part_ways in reversed(costs):
        steps += ways * part_steps
        ways *= part_ways
    return steps, ways


def _repeat_cost(node: Repeat, *, rest_may_fail: bool) -> Cost:
    endless = node.maximum is None
    if endless and rest_may_fail:
        return inf, inf
    again = node.minimum > 1 and not isinstance(node.body, Characters)  # a further repetition is part of the rest
    body_steps, body_ways = _cost(node.body, rest_may_fail=rest_may_fail or again)
    steps, ways, all_ways = 0.0, 1.0, 0.0
    for count in range(node.minimum + 1 if node.maximum is None else node.maximum):
        all_ways += ways if count >= node.minimum else 0
        steps += ways * body_steps
        ways *= body_ways
        if steps > MAX_STEPS:
            return inf, inf
    return max(steps, 1), all_ways + ways


def _may_fail(node: Node) -> bool:
    """Whether there is a place where this does not match."""
    if isinstance(node, Concatenation):
        return any(map(_may_fail, node.parts))
    if isinstance(node, Alternatives):
        return all(map(_may_fail, node.branches))
    if isinstance(node, Repeat):
        return node.minimum > 0 and _may_fail(node.body)
    return _may_fail(node.body) if isinstance(node, Atomic) else True


def _scan_cost(branch: Node, later: list[Node]) -> float:
    """The steps of a branch for each character that it scans, by the second rule."""
    scanned, rest = _leading_class(branch)
    if not scanned:
        return inf
    for other in later:
        members, after = _leading_class(other)
        if not members and not _overlap(scanned, _first_characters(other)):
            continue
        if not members or not _covers(members, scanned):
            return inf
        if not _may_fail(after):
            return 1 + _cost(rest, rest_may_fail=False)[0]
    return inf


def _leading_class(branch: Node) -> tuple[Ranges, Node]:
    """The class that is repeated without end at the start of a branch, and what follows; no class where it is not so."""
    parts = list(branch.parts) if isinstance(branch, Concatenation) else [branch]
    first = parts[0] if parts else branch
    if isinstance(first, Atomic):
        first = first.body
    if (
        isinstance(first, Repeat)
        and isinstance(first.body, Characters)
        and first.maximum is None
        and first.minimum <= 1
        and not first.lazy
    ):
        return first.body.members, Concatenation(parts[1:])
    return [], branch


def _first_characters(node: Node) -> Ranges:
    """The characters that a match may begin with; of a part that may be empty, of what follows too."""
    if isinstance(node, Characters):
        return node.members
    if isinstance(node, Alternatives):
        return union([members for branch in node.branches for members in _first_characters(branch)], [])
    if isinstance(node, (Repeat, Atomic)):
        return _first_characters(node.body)
    found: Ranges = []
    for part in node.parts if isinstance(node, Concatenation) else ():
        found = union(found, _first_characters(part))
        if part.least:
            break
    return found


def _overlap(first: Ranges, second: Ranges) -> bool:
    ordered = sorted([*union(first, []), *union(second, [])])
    return any(start <= end for (_, end), (start, _) in pairwise(ordered))


def _covers(outer: Ranges, inner: Ranges) -> bool:
    """Whether the first set holds all of the second."""
    outer = union(outer, [])
    starts = [start for start, _ in outer]
    for start, end in union(inner, []):
        index = bisect_right(starts, start) - 1
        if index < 0 or outer[index][1] < end:
            return False
    return True
