"""Packs: sequences that go through the layers together, side by side and without padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACK_TOKENS = 512
"""Tokens of a pack: enough for full BLAS speed, few enough to stay near the caches."""


class Run(NamedTuple):
    """Adjacent sequences of equal length in a pack: its columns from `start` to `stop` are `sequences` times `length` tokens."""

    start: int
    stop: int
    sequences: int
    length: int


def runs(lengths: Sequence[int]) -> Iterator[Run]:
    """The runs of a pack whose sequences have these lengths, one after the other."""
    start = first = 0
    for index in range(1, len(lengths) + 1):
        if index == len(lengths) or lengths[index] != lengths[first]:
            count, length = index - first, lengths[first]
            yield Run(start, start + count * length, count, length)
            start, first = start + count * length, index


def packs(lengths: Sequence[int], capacity: int = PACK_TOKENS) -> list[list[int]]:
    """Indices of the sequences by pack, of `capacity` tokens at most or of one sequence; equal lengths are adjacent.

    First-fit decreasing: each pack takes the longest sequences that still fit, so that nearly all are nearly full.
    """
    waiting: dict[int, list[int]] = {}
    for index in range(len(lengths) - 1, -1, -1):
        waiting.setdefault(lengths[index], []).append(index)
    left = sorted(waiting, reverse=True)
    filled = []
    while left:
        pack: list[int] = []
        room = max(capacity, left[0])
        for length in left:
            indices = waiting[length]
            while indices and length <= room:
                pack.append(indices.pop())
                room -= length
        left = [length for length in left if waiting[length]]
        filled.append(pack)
    return filled
