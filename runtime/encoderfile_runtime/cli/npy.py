"""Vectors as a .npy file (NumPy Enhancement Proposal 1) whose number of rows is known only at the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

_HEADER = 128  # bytes: a multiple of 64 with room for any number of rows


def refuse_terminal(path: str | None) -> None:
    """Raises UsageError where the vectors would go to a terminal."""
    if path is None and sys.stdout.isatty():
        raise UsageError("npy is no text for a terminal: write it to a file with -o FILE, or pipe it")


def header(rows: int, width: int) -> bytes:
    """The header of so many float32 rows, always of the same length."""
    description = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}"
    room = _HEADER - 10
    return b"\x93NUMPY\x01\x00" + room.to_bytes(2, "little") + description.encode().ljust(room - 1) + b"\n"


class Writer:
    """Rows of float32 to a file that can seek; the header is written again at the end."""

    def __init__(self, out: BinaryIO, width: int) -> None:
        self._out = out
        self._width = width
        self._rows = 0
        out.write(header(0, width))

    def finish(self) -> None:
        """Write the header that counts the rows."""
        self._out.seek(0)
        self._out.write(header(self._rows, self._width))

    def write(self, rows: FloatArray) -> None:
        """Rows, (n, width)."""
        self._out.write(rows.astype("<f4", copy=False).tobytes())
        self._rows += len(rows)
