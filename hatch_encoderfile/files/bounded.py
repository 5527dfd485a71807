"""Files that somebody else may have put there: only regular ones are opened, since a FIFO would be waited for without end."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path


def open_regular(path: Path) -> FileIO:
    """Open a file for reading, without a buffer.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is a directory, a FIFO, a socket or a device.
    """
    try:
        file = open(path, "rb", buffering=0, opener=_without_waiting)  # noqa: SIM115 - the caller closes it
    except IsADirectoryError:
        raise ValueError("is not a regular file") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("is not a regular file")
    return file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_regular(path: Path) -> bool:
    """Whether there is a regular file of this name, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_bounded(path: Path, largest: int) -> bytes:
    """All of a regular file of at most that many bytes; of a larger one no more than that is read.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not regular, or larger.
    """
    with open_regular(path) as file:
        data, left = bytearray(), largest + 1
        while left and (chunk := file.read(left)):
            data += chunk
            left -= len(chunk)
    if not left:
        raise ValueError(f"is larger than {largest} bytes")
    return bytes(data)
