"""Tensor parallelism over shared memory (Shoeybi et al. 2019): a process's part of the work, and how it waits for the others.

Each process computes some heads and some features of the inner layer. At the end of each of a layer's two sublayers it writes
its part of a sum to shared memory, waits until all have done so, and adds the parts up: all continue with the same stream.
"""

from __future__ import annotations

import mmap
import os
import time
from typing import TYPE_CHECKING

import numpy as np

from . import blas
from .layers import Tiles
from .packs import PACK_TOKENS, runs
from .scratch import Scratch
from .stack import Plan, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray

    from .weights import Share, Weights

_LINE = 8  # integers in a cache line
_LOOKS = 2000  # times to read another's step before the processor is offered to other programs
_IDLE_LOOKS = 5000  # times to read before a helper sleeps: waking it may take longer than the next text takes to come
_PATIENCE = 2.0  # seconds without a step after which another process counts as lost


class LostError(Exception):
    """Another process has ended, or has not made a step for too long."""


class Board:
    """The memory that all processes of a group share.

    Attributes:
        hidden: features of the stream.
        steps: two integers for each rank, on a cache line of its own: the number of barriers it has reached, and whether it
            sleeps. On one line, each write would take the line from the processors that read another's.
        lengths: the number of texts, then the tokens of each.
        partials: the parts of a sum, (2, ranks, hidden·PACK_TOKENS): two buffers in turn, see `SharedTiles`.
    """

    def __init__(self, hidden: int, count: int) -> None:
        integers = (count + 1) * _LINE + PACK_TOKENS
        start = -(-8 * integers // mmap.PAGESIZE) * mmap.PAGESIZE
        size = hidden * PACK_TOKENS
        memory = mmap.mmap(-1, start + 4 * size * (1 + 2 * count))
        self.hidden = hidden
        self.steps = memoryview(memory)[: 8 * count * _LINE].cast("q")
        self.lengths = np.frombuffer(memory, np.int64, 1 + PACK_TOKENS, 8 * count * _LINE)
        arrays = np.frombuffer(memory, np.float32, size * (1 + 2 * count), start).reshape(-1, size)
        self._stream, self.partials = arrays[0], arrays[1:].reshape(2, count, size)

    def sleeps(self, rank: int) -> bool:
        """Whether a rank sleeps. It is marked as awake, so the caller must wake it."""
        place = rank * _LINE + 1
        if not self.steps[place]:
            return False
        self.steps[place] = 0
        return True

    def stream(self, start: int, tiles: int, width: int) -> FloatArray:
        """The memory for the first states of so many tiles from the column `start` on, (tiles, hidden, width)."""
        stop = start + tiles * width
        stream: FloatArray = self._stream[start * self.hidden : stop * self.hidden].reshape(tiles, self.hidden, width)
        return stream


class Rank:
    """One process's part of the work; `check` raises LostError when another process has ended."""

    def __init__(self, weights: Weights, whole: Stack, share: Share, board: Board, check: Callable[[], None]) -> None:
        self.stack = Stack(weights.shared(share), whole)
        self.scratch = Scratch()
        self.share = share
        self.board = board
        self.step = 0
        self._check = check
        self._others = [rank * _LINE for rank in range(share.ranks) if rank != share.rank]

    def barrier(self) -> None:
        """Wait until all processes have called this as often as this one.

        They are a few microseconds apart, less than the system takes to put a process to sleep: so it reads in a loop.
        """
        self.step += 1
        step, steps = self.step, self.board.steps
        steps[self.share.rank * _LINE] = step
        for other in self._others:
            looks = _LOOKS
            while looks and steps[other] < step:
                looks -= 1
            if not looks:
                self._wait(other, step)

    def _wait(self, other: int, step: int) -> None:
        end = time.monotonic() + _PATIENCE
        while self.board.steps[other] < step:
            os.sched_yield()
            self._check()
            if time.monotonic() > end:
                raise LostError

    def rest(self, pipe: int) -> bool:
        """Wait, asleep after a while, until the first rank begins a pack; False when the pipe that wakes this one is closed."""
        steps, asleep = self.board.steps, self.share.rank * _LINE + 1
        while True:
            looks = _IDLE_LOOKS
            while looks and steps[0] <= self.step:
                looks -= 1
            if looks:
                return True
            steps[asleep] = 1
            if not os.read(pipe, 1):
                return False

    def work(self, done: Callable[[], None] | None = None) -> Sequence[Tiles]:
        """Take the texts on the board through the layers, and return their tiles, which hold the last states."""
        lengths = tuple(self.board.lengths[1 : 1 + self.board.lengths[0]].tolist())
        plan = self.scratch.views((lengths, None), lambda: self._plan(lengths))
        for tiles in plan.cut:
            np.copyto(tiles.stream, self.board.stream(tiles.start, len(tiles.stream), tiles.width))
        self.stack.run(plan, done)
        return plan.cut

    def _plan(self, lengths: Sequence[int]) -> Plan:
        cut = []
        for number, (start, tiles, width) in enumerate(blas.cut(sum(lengths))):
            stream = self.scratch.array(f"stream {number}", tiles, self.board.hidden, width)
            cut.append(SharedTiles(self, start, stream))
        return self.stack.plan(cut, list(runs(lengths)), self.scratch)


class SharedTiles(Tiles):
    """Tiles whose updates are sums over all ranks, always added in the order of the ranks, so that all have the same bits."""

    def __init__(self, rank: Rank, start: int, stream: FloatArray) -> None:
        super().__init__(rank.scratch, start, stream, rank.stack.sizes)
        self._rank = rank
        # Two buffers in turn: a process that is ahead writes the next parts while another still reads the last ones. One
        # barrier each is enough then, for none gets further ahead than the next barrier.
        parts: list[list[FloatArray]] = [
            [partial[: stream.size].reshape(stream.shape) for partial in partials] for partials in rank.board.partials
        ]
        self._places = [partials[rank.share.rank] for partials in parts]
        self._first = [partials[0] for partials in parts]
        self._others = [partials[1:] for partials in parts]

    @property
    def partial(self) -> FloatArray:
        """This rank's part of the sum, on the board."""
        return self._places[self._rank.step & 1]

    def reduce(self) -> None:
        """Wait until all ranks have written their parts, and add them up: (tiles, hidden, tokens)."""
        turn = self._rank.step & 1
        self._rank.barrier()
        total = self._first[turn]
        for other in self._others[turn]:
            np.add(total, other, self.update)
            total = self.update
