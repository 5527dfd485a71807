"""The best of a stream by score, in memory for no more than are asked for."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Record


class Hit:
    """A record and its score; `repeats` counts later ones of the same text. Hits sort from worse to better."""

    __slots__ = ("order", "record", "repeats", "score")

    def __init__(self, score: float, order: int, record: Record) -> None:
        self.score = score
        self.order = order
        self.record = record
        self.repeats = 0

    def __lt__(self, other: Hit) -> bool:
        return (self.score, -self.order) < (other.score, -other.order)


class Best:
    """The `limit` best, or all where it is None; equal scores in the order they came.

    With `merge` a text that came before counts as its repeat.
    """

    def __init__(self, limit: int | None, *, merge: bool = False) -> None:
        self._limit = limit
        self._merge = merge
        self._heap: list[Hit] = []
        self._by_text: dict[str, Hit] = {}
        self._count = 0

    def add(self, record: Record, score: float) -> None:
        """One more."""
        self._count += 1
        if self._merge and record.text in self._by_text:
            self._by_text[record.text].repeats += 1
            return
        hit = Hit(score, self._count, record)
        if self._limit is not None and len(self._heap) == self._limit:
            if hit < self._heap[0]:
                return
            worst = heappop(self._heap)
            self._by_text.pop(worst.record.text, None)
        heappush(self._heap, hit)
        if self._merge:
            self._by_text[record.text] = hit

    def sorted(self) -> list[Hit]:
        """The best first."""
        return sorted(self._heap, reverse=True)
