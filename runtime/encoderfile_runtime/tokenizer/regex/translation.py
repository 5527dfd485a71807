"""Translation of a parsed expression into the syntax of Python's `re`."""

from __future__ import annotations

from .ranges import render
from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat

_ANCHORS = {"^": r"(?:\A|(?<=\n)(?!\Z))", "$": r"(?=\n|\Z)", "A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)"}


def translate(node: Node, limit: int) -> str:
    """An expression for Python's `re` with the same matches, in texts with characters up to `limit`."""
    return _Translation(limit).text(node)


def ranges_in(node: Node) -> int:
    """The number of ranges in all classes of an expression."""
    if isinstance(node, Characters):
        return len(node.members)
    if isinstance(node, Concatenation):
        return sum(map(ranges_in, node.parts))
    if isinstance(node, Alternatives):
        return sum(map(ranges_in, node.branches))
    return 0 if isinstance(node, Anchor) else ranges_in(node.body)


class _Translation:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._atomic = 0

    def text(self, node: Node) -> str:
        if isinstance(node, Characters):
            return render(node.members, self._limit)
        if isinstance(node, Concatenation):
            return "".join([self._enclosed(part) for part in node.parts])
        if isinstance(node, Alternatives):
            return "|".join([self.text(branch) for branch in node.branches])
        return self._compound(node)

    def _compound(self, node: Repeat | Atomic | Look | Anchor) -> str:
        if isinstance(node, Repeat):
            body = self.text(node.body)
            if not isinstance(node.body, Characters):
                body = f"(?:{body})"
            return body + _quantifier(node.minimum, node.maximum) + "?" * node.lazy
        if isinstance(node, Atomic):
            # `re` has atomic groups only from Python 3.11 on. A look-ahead is atomic: match it, then what it captured.
            body = self.text(node.body)
            self._atomic += 1
            return f"(?:(?=(?P<a{self._atomic}>{body}))(?P=a{self._atomic}))"
        if isinstance(node, Look):
            return f"(?{'<' * node.behind}{'!' if node.negated else '='}{self.text(node.body)})"
        return _ANCHORS[node.kind]

    def _enclosed(self, node: Node) -> str:
        return f"(?:{self.text(node)})" if isinstance(node, Alternatives) else self.text(node)


def _quantifier(minimum: int, maximum: int | None) -> str:
    known = {(0, 1): "?", (0, None): "*", (1, None): "+"}.get((minimum, maximum))
    return known or f"{{{minimum},{'' if maximum is None else maximum}}}"
