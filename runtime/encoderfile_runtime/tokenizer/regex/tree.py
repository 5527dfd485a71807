"""The syntax tree of a regular expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ranges import Ranges


class UnsupportedError(Exception):
    """A regular expression that cannot be matched exactly and in linear time; the message names the part at fault."""


class _Part:
    """The base of all nodes.

    Attributes:
        least: smallest number of characters that it matches.
        most: largest number of characters that it matches; None if there is no bound.
    """

    __slots__ = ("least", "most")

    def __init__(self, least: int, most: int | None) -> None:
        self.least = least
        self.most = most


class Characters(_Part):
    """One character of a set."""

    __slots__ = ("members",)

    def __init__(self, members: Ranges) -> None:
        super().__init__(1, 1)
        self.members = members


class Concatenation(_Part):
    """Parts in a row; without any, the empty string."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Node]) -> None:
        mosts = [part.most for part in parts if part.most is not None]
        super().__init__(sum(part.least for part in parts), sum(mosts) if len(mosts) == len(parts) else None)
        self.parts = parts


class Alternatives(_Part):
    """Branches, of which the first that lets the whole expression match is taken."""

    __slots__ = ("branches",)

    def __init__(self, branches: Sequence[Node]) -> None:
        mosts = [branch.most for branch in branches if branch.most is not None]
        super().__init__(min(branch.least for branch in branches), max(mosts) if len(mosts) == len(branches) else None)
        self.branches = branches


class Repeat(_Part):
    """A repeated part: as often as possible, or if lazy as seldom as possible.

    Attributes:
        body: the part.
        minimum: least number of repetitions.
        maximum: largest number of repetitions; None if there is no bound.
        lazy: whether fewer repetitions are tried before more.
    """

    __slots__ = ("body", "lazy", "maximum", "minimum")

    def __init__(self, body: Node, minimum: int, maximum: int | None, *, lazy: bool = False) -> None:
        most = None if maximum is None or body.most is None else maximum * body.most
        super().__init__(minimum * body.least, most)
        self.body = body
        self.minimum = minimum
        self.maximum = maximum
        self.lazy = lazy


class Atomic(_Part):
    """An atomic group: it keeps its first match, and is not re-entered if what follows fails."""

    __slots__ = ("body",)

    def __init__(self, body: Node) -> None:
        super().__init__(body.least, body.most)
        self.body = body


class Look(_Part):
    """A look-ahead, or a look-behind: its body matches, or if negated does not match, after or before the place."""

    __slots__ = ("behind", "body", "negated")

    def __init__(self, body: Node, *, behind: bool, negated: bool) -> None:
        super().__init__(0, 0)
        self.body = body
        self.behind = behind
        self.negated = negated


class Anchor(_Part):
    r"""An anchor: `^` or `$`, or one of `A`, `z` and `Z`, which are written with a backslash."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__(0, 0)
        self.kind = kind


Node = Characters | Concatenation | Alternatives | Repeat | Atomic | Look | Anchor
