"""Top-k selection over a stream of scored records, in memory proportional to k."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Record


class Hit:
    """A record and its score. Hits sort from worse to better; of equal scores, the earlier record is better.

    Attributes:
        score: the score.
        order: number of the record in the stream, from 1.
        record: the record.
        repeats: number of later records with the same text.
    """

    __slots__ = ("order", "record", "repeats", "score")

    def __init__(self, score: float, order: int, record: Record) -> None:
        self.score = score
        self.order = order
        self.record = record
        self.repeats = 0

    def __lt__(self, other: Hit) -> bool:
        return (self.score, -self.order) < (other.score, -other.order)


class Best:
    """The `limit` best hits, or all if None; equal scores keep the order of the stream.

    With `merge`, a record whose text is among the best already is counted as a repeat of that hit.
    """

    def __init__(self, limit: int | None, *, merge: bool = False) -> None:
        self._limit = limit
        self._merge = merge
        self._heap: list[Hit] = []  # the worst of the best first, which is the next to be replaced
        self._by_text: dict[str, Hit] = {}
        self._count = 0

    def add(self, record: Record, score: float) -> None:
        """Take one more record with its score."""
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
        """The hits, best first."""
        return sorted(self._heap, reverse=True)
