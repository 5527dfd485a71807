"""Processes that share the work on one text, where threads would wait for the interpreter's lock at hundreds of short steps.

They are forked, so that they have the weights, sleep until there is a text, and end with the process that forked them.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings
import weakref
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from . import blas
from .ranks import Board, LostError, Rank
from .weights import Share, most_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .layers import Tiles
    from .stack import Stack
    from .weights import Weights

_CHANCES = 8
"""How often a group is forked, at most: each time but the first replaces one that was lost in the middle of a job."""

_INTERVAL = 10.0
"""Seconds between a helper's checks that the process which forked it still exists."""

Helper = tuple[int, int, int]
"""A process, and the pipe that wakes it: it ends when that is closed. The reading end keeps a write to a dead one harmless."""


def possible(count: int) -> bool:
    """Whether so many processes may share memory here: that needs a processor which keeps the order of writes, as x86 does."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return False
    return count <= len(os.sched_getaffinity(0))


def alone() -> bool:
    """Whether this process has no threads but those of BLAS, which end before a fork: it could copy a lock that one of them holds."""
    tasks = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - pathlib is not loaded at start-up
    return threading.active_count() == 1 and tasks <= len(os.sched_getaffinity(0))


class ProcessGroup:
    """Forked processes and this one, which work on one pack at a time.

    Attributes:
        count: the number of processes, this one included.
        busy: held while they work.
        board: the memory that they share.
        dismiss: ends the other processes, whatever they are doing.
    """

    def __init__(self, weights: Weights, whole: Stack, count: int) -> None:
        """Fork; `possible` and `alone` say whether that may be done. OSError when it fails."""
        self.count = count
        self.busy = threading.Lock()
        self._owner = os.getpid()
        self.board = Board(weights.config.hidden_size, count)
        self._helpers: list[Helper] = []
        self.dismiss = weakref.finalize(self, _dismiss, self._owner, self._helpers)
        for rank in range(1, count):
            self._helpers.append(_fork(partial(Rank, weights, whole, Share(rank, count), self.board)))
        self._rank = Rank(weights, whole, Share(0, count), self.board, partial(_check, self._helpers, self.board))

    @property
    def mine(self) -> bool:
        """Whether this process forked the others, rather than being forked after them."""
        return os.getpid() == self._owner

    def wake(self) -> None:
        """Tell the others to get ready for a pack."""
        _wake(self._helpers, self.board)

    def work(self, lengths: Sequence[int], done: Callable[[], None] | None) -> Sequence[Tiles]:
        """Take texts of these lengths, whose first states are on the board, through the layers.

        Raises:
            LostError: not all of the others are there any more.
        """
        self.board.lengths[0] = len(lengths)
        self.board.lengths[1 : 1 + len(lengths)] = lengths
        self._rank.barrier()
        return self._rank.work(done)


class LazyGroup:
    """The group of an encoder: forked when it pays, given to one thread at a time."""

    def __init__(self, weights: Weights, whole: Stack) -> None:
        self._weights, self._whole = weights, whole
        self._group: ProcessGroup | None = None
        self._first = True  # the first text may be the only one
        self._chances = _CHANCES

    def run(self, job: Callable[[ProcessGroup], None], threads: int) -> bool:
        """Do a job with the group; False when there is no group, it is busy, or one of its processes was lost during the job."""
        group = self._group
        if group is not None and not group.mine:  # this process was forked from the group's owner
            group = self._group = None
        if group is None:
            group = self._start(threads)
        if group is None or not group.busy.acquire(blocking=False):
            return False
        try:
            with blas.use_threads(1):
                job(group)
        except LostError:
            self._end(group)
            return False
        except BaseException:  # the others wait in the middle of the job
            self._end(group)
            raise
        finally:
            group.busy.release()
        return True

    def _start(self, threads: int) -> ProcessGroup | None:
        count = most_shares(self._weights.config, threads)
        if self._chances < 1 or count == 1 or not possible(count) or not alone():
            return None
        if self._first:
            self._first = False
            return None
        self._chances -= 1
        try:
            self._group = ProcessGroup(self._weights, self._whole, count)
        except OSError:
            return None
        return self._group

    def _end(self, group: ProcessGroup) -> None:
        self._group = None
        group.dismiss()


def _fork(make: Callable[[Callable[[], None]], Rank]) -> Helper:
    ours = os.getpid()
    ends = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # about threads, which `alone` looks for
            process = os.fork()
    except OSError:
        for end in ends:
            os.close(end)
        raise
    if not process:
        _follow(make, ends[0], ours)
    return process, *ends


def _follow(make: Callable[[Callable[[], None]], Rank], pipe: int, parent: int) -> NoReturn:
    """Work on packs until the pipe is closed, then exit; nothing else of the program that was forked goes on here."""

    def check(*_: object) -> None:
        if os.getppid() != parent:
            raise LostError

    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the program, which ends its helpers itself
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, check)  # a copy of the program may hold the pipe open when the program is gone
        signal.setitimer(signal.ITIMER_REAL, _INTERVAL, _INTERVAL)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        os.closerange(3, pipe)
        os.closerange(pipe + 1, os.sysconf("SC_OPEN_MAX"))
        gc.disable()
        blas.set_threads(1)
        rank = make(check)
        with np.errstate(all="ignore"):
            while rank.rest(pipe):
                rank.barrier()
                rank.work()
    finally:
        os._exit(0)


def _wake(helpers: list[Helper], board: Board) -> None:
    for rank, (_, _, pipe) in enumerate(helpers, 1):
        if board.sleeps(rank):
            os.write(pipe, b"w")


def _check(helpers: list[Helper], board: Board) -> None:
    _wake(helpers, board)  # it may have fallen asleep after the first look
    for process, *_ in helpers:
        try:
            ended = os.waitpid(process, os.WNOHANG)[0]
        except ChildProcessError:  # the program has waited for it already
            ended = process
        if ended:
            raise LostError


def _dismiss(owner: int, helpers: list[Helper]) -> None:
    ours = os.getpid() == owner  # rather than a copy of the process that forked them
    for process, *ends in helpers:
        for end in ends:
            os.close(end)
        if ours:
            with suppress(ProcessLookupError, ChildProcessError):  # the program has waited for it already
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
    helpers.clear()
