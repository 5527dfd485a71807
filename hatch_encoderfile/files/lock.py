"""Locks between processes (filelock), which the system releases when their holder ends, even by a crash."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock at `path` during the block; `waiting` is called once if another process holds it.

    The file and its folder are made if they are missing.

    Raises:
        OSError: the file cannot be made, or its file system does not support locks.
    """
    from filelock import FileLock, Timeout

    # Without locks of the system, filelock would take the file's existence as the lock, which a killed process leaves
    # behind.
    lock, is_held_elsewhere = FileLock(path, fallback_to_soft=False), False
    # A loop, as the holder may remove the file or its folder when it is done (`unlink`, `base remove`).
    while not lock.is_locked:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=is_held_elsewhere)
        except Timeout:
            is_held_elsewhere = True
            waiting()
        except FileNotFoundError:  # the folder was removed meanwhile
            continue
        except NotImplementedError as error:
            raise OSError(f"{path}: {error}") from None
    try:
        yield
    finally:
        lock.release()


def unlink(path: Path) -> None:
    """Remove a lock file while holding its lock; processes that wait for it will make another."""
    with suppress(OSError):
        path.unlink()
