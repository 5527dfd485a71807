"""A streaming writer of .npy files (NEP 1, https://numpy.org/neps/nep-0001-npy-format.html): the row count comes last."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

_HEADER = 128  # bytes: a multiple of 64 as the format asks for, with room for any number of rows


def refuse_terminal(path: str | None) -> None:
    """Raise UsageError if the vectors would go to a terminal."""
    if path is None and sys.stdout.isatty():
        raise UsageError("npy is no text for a terminal: write it to a file with -o FILE, or pipe it")


def header(rows: int, width: int) -> bytes:
    """The header for an array (rows, width) of float32, padded with blanks to the same length for any shape."""
    description = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}"
    room = _HEADER - 10  # after magic (6 bytes), version (2) and this length (2)
    return b"\x93NUMPY\x01\x00" + room.to_bytes(2, "little") + description.encode().ljust(room - 1) + b"\n"


class Writer:
    """Writes rows of float32 to a seekable file; the header is rewritten at the end with the number of rows."""

    def __init__(self, out: BinaryIO, width: int) -> None:
        self._out = out
        self._width = width
        self._rows = 0
        out.write(header(0, width))

    def finish(self) -> None:
        """Rewrite the header with the number of rows."""
        self._out.seek(0)
        self._out.write(header(self._rows, self._width))

    def write(self, rows: FloatArray) -> None:
        """Append rows, (n, width)."""
        self._out.write(rows.astype("<f4", copy=False).tobytes())
        self._rows += len(rows)
