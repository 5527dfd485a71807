"""A lock between processes (filelock). The system lets go of it when its holder ends, however that happens."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file at `path`, which is made with its folder; `waiting` is called once if another process holds it.

    Raises:
        OSError: the file cannot be made, or its file system has no locks.
    """
    from filelock import FileLock, Timeout

    # The fallback of filelock is a file whose presence is the lock: a process that is killed would leave it behind.
    lock, is_held_elsewhere = FileLock(path, fallback_to_soft=False), False
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
    """Remove a lock file while holding it; those who wait for it will make another."""
    with suppress(OSError):
        path.unlink()
