"""Packs shared among threads. numpy lets go of the interpreter lock while it computes, so they run side by side."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from . import blas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def share_work(run: Callable[[list[int]], None], packs: Sequence[list[int]], threads: int) -> None:
    """Call `run` on each pack, on at most `threads` threads at once, each with one BLAS thread; the first exception is raised."""
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
