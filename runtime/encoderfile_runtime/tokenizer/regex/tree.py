"""The nodes of a regular expression, as `syntax` reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ranges import Ranges


class UnsupportedError(Exception):
    """A regular expression that cannot be matched exactly and in linear time; the message says what stands in the way."""


class _Part:
    """What all parts of a regular expression have.

    Attributes:
        least: the fewest characters that it matches.
        most: the most characters that it matches; None where there is no bound.
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
    """Parts one after the other; none at all match the empty string."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Node]) -> None:
        mosts = [part.most for part in parts if part.most is not None]
        super().__init__(sum(part.least for part in parts), sum(mosts) if len(mosts) == len(parts) else None)
        self.parts = parts


class Alternatives(_Part):
    """The first of several branches with which the whole expression matches."""

    __slots__ = ("branches",)

    def __init__(self, branches: Sequence[Node]) -> None:
        mosts = [branch.most for branch in branches if branch.most is not None]
        super().__init__(min(branch.least for branch in branches), max(mosts) if len(mosts) == len(branches) else None)
        self.branches = branches


class Repeat(_Part):
    """A part several times: as often as possible, or if it is lazy as seldom.

    Attributes:
        body: the part.
        minimum: how often at least.
        maximum: how often at most; None where there is no bound.
        lazy: whether fewer are tried before more.
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
    """A part that keeps its first match: nothing that follows makes it try another."""

    __slots__ = ("body",)

    def __init__(self, body: Node) -> None:
        super().__init__(body.least, body.most)
        self.body = body


class Look(_Part):
    """Whether a part matches what follows, or what comes before."""

    __slots__ = ("behind", "body", "negated")

    def __init__(self, body: Node, *, behind: bool, negated: bool) -> None:
        super().__init__(0, 0)
        self.body = body
        self.behind = behind
        self.negated = negated


class Anchor(_Part):
    r"""A place in the text: one of `^`, `$`, `A`, `z` and `Z`, the last three written with a backslash."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__(0, 0)
        self.kind = kind


Node = Characters | Concatenation | Alternatives | Repeat | Atomic | Look | Anchor
