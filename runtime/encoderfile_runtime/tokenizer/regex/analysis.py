r"""A static, conservative proof that Python's backtracking `re` finds all matches of an expression in linear time.

Backtracking is slow if an unbounded repetition scans many characters and what follows then fails: it retries with fewer
characters, and the search retries from the next start. Each unbounded repetition must satisfy one of two rules:

1. What follows it cannot fail. Then it never backtracks, and the characters it scans belong to a match.
2. It repeats a class X at the start of a branch of the whole expression, and what follows it takes a bounded number of
   steps. Where the branch fails on a run of characters of X, a later branch, one that repeats a class containing X and
   cannot fail afterwards, matches the whole run; branches between the two either cannot start on such a character or
   obey this rule too. A branch under this rule can match part of a run only once: it ends at the last place of the run
   where its rest matches, wherever it starts, so that later starts in the same run fail. Example:
   `\s*[\r\n]+|\s+(?!\S)|\s+`.

For bounded parts, the steps of all ways through them are added up: backtracking may try each of them at each character.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import inf

from .ranges import Ranges, union
from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat

MAX_STEPS = 256  # for each character of the text

Cost = tuple[float, float]  # steps, and number of ways to match; infinite if a rule is broken


def is_linear(node: Node) -> bool:
    """Whether finding all matches takes at most MAX_STEPS steps for each character of a text."""
    branches: list[Node] = list(node.branches) if isinstance(node, Alternatives) else [node]
    steps = 0.0
    for index, branch in enumerate(branches):
        cost = _cost(branch, rest_may_fail=False)[0]
        steps += cost if cost < inf else _scan_cost(branch, branches[index + 1 :])
    return steps <= MAX_STEPS


def _cost(node: Node, *, rest_may_fail: bool) -> Cost:
    """The steps that backtracking may take from one character on, and the ways to match; characters of a match are free.

    `rest_may_fail` says whether anything after the node, inside the same branch, can fail and cause backtracking into
    it.
    """
    if isinstance(node, (Characters, Anchor)):
        return 1, 1
    if isinstance(node, Look):
        # What a look-around scans is not part of the match and is scanned again: count it as if its rest could fail.
        return 1 + _cost(node.body, rest_may_fail=True)[0], 1
    if isinstance(node, Atomic):
        return _cost(node.body, rest_may_fail=rest_may_fail)[0], 1  # one way: the group is never re-entered
    if isinstance(node, Alternatives):
        costs = [_cost(branch, rest_may_fail=rest_may_fail) for branch in node.branches]
        return sum(cost[0] for cost in costs), sum(cost[1] for cost in costs)
    if isinstance(node, Repeat):
        return _repeat_cost(node, rest_may_fail=rest_may_fail)
    # A concatenation: from its end, since whether a part can be re-entered depends on the parts after it.
    costs = []
    for part in reversed(node.parts):
        costs.append(_cost(part, rest_may_fail=rest_may_fail))
        rest_may_fail = rest_may_fail or _may_fail(part)
    steps, ways = 0.0, 1.0
    for part_steps, part_ways in reversed(costs):
        steps += ways * part_steps  # each way through the parts before tries this one again
        ways *= part_ways
    return steps, ways


def _repeat_cost(node: Repeat, *, rest_may_fail: bool) -> Cost:
    """As `_cost`, for a repetition: that of its body, written out as often as it may occur."""
    endless = node.maximum is None
    if endless and rest_may_fail:
        return inf, inf
    # For the body, the next repetition is part of the rest, and may fail if it is a required one.
    again = node.minimum > 1 and not isinstance(node.body, Characters)
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
    """Whether there is a place in some text where the node does not match."""
    if isinstance(node, Concatenation):
        return any(map(_may_fail, node.parts))
    if isinstance(node, Alternatives):
        return all(map(_may_fail, node.branches))
    if isinstance(node, Repeat):
        return node.minimum > 0 and _may_fail(node.body)
    return _may_fail(node.body) if isinstance(node, Atomic) else True


def _scan_cost(branch: Node, later: list[Node]) -> float:
    """The steps of a branch for each character that it scans, by rule 2; infinite if the rule does not hold."""
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
    """The class that a branch repeats greedily without bound at its start, and the rest; an empty class if it does not."""
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
    """The characters that a match may begin with (FIRST set), including those after a part that may be empty."""
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
    """Whether the first set is a superset of the second."""
    outer = union(outer, [])
    starts = [start for start, _ in outer]
    for start, end in union(inner, []):
        index = bisect_right(starts, start) - 1
        if index < 0 or outer[index][1] < end:
            return False
    return True
