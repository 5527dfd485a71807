"""Packs: sequences that go through the layers together, side by side and without padding; and threads that share packs.

Padding to the longest text of a batch would make every layer compute on tokens that do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import blas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PACK_TOKENS = 512
"""Tokens of a pack: enough for BLAS' full speed, few enough that a layer's activations stay in the processor's caches."""


class Run(NamedTuple):
    """Adjacent sequences of equal length in a pack: its columns from `start` to `stop` are `sequences` times `length` tokens.

    Attention computes a run at once, as one batched product over (sequences, heads).
    """

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

    First-fit decreasing (Johnson 1973): each pack takes the longest sequences that still fit, so nearly all packs are nearly
    full, and sequences of equal length, which attention computes at once, come to lie side by side.
    """
    waiting: dict[int, list[int]] = {}
    for index in range(len(lengths) - 1, -1, -1):  # backwards, for `pop` takes from the end
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


def share_work(run: Callable[[list[int]], None], packs: Sequence[list[int]], threads: int) -> None:
    """Call `run` on each pack, on at most `threads` threads at once, and raise the first exception.

    numpy releases the interpreter's lock while it computes, so packs run side by side. Each thread has one BLAS thread: BLAS
    would have to synchronize its own threads at every product, and packs need that only once.
    """
    import threading

    waiting = list(reversed(packs))
    failures: list[BaseException] = []

    def work() -> None:
        while waiting and not failures:
            try:
                pack = waiting.pop()
            except IndexError:  # another thread was faster
                return
            try:
                run(pack)
            except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
                failures.append(error)

    with blas.use_threads(1):
        helpers = [threading.Thread(target=work, daemon=True) for _ in range(min(threads, len(packs)) - 1)]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
