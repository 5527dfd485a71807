"""A lock between processes. The system lets go of it when its holder ends, however that happens."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PAUSE = 0.05

if sys.platform == "win32":
    import msvcrt

    def _try(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file at `path`, which is made with its folder; `waiting` is called once if another process holds it."""
    told = False
    while True:
        file = _open(path)
        try:
            while not _try(file):
                if not told:
                    told = True
                    waiting()
                time.sleep(_PAUSE)
            if _is_current(file, path):
                yield
                return
        finally:
            file.close()


def unlink(path: Path) -> None:
    """Remove a lock file while holding it; those who wait for it will make another."""
    with suppress(OSError):
        path.unlink()


def _open(path: Path) -> BinaryIO:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the folder was removed meanwhile
            return path.open("ab")


def _is_current(file: BinaryIO, path: Path) -> bool:
    """Whether the locked file is still the one at the path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
