"""Printing to the terminal: JSON, lines and notes that any encoding of the stream can represent."""

from __future__ import annotations

import os
import stat
import sys
from typing import Any, TextIO

from encoderfile_runtime.escaping import dumped, line, lines


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """One JSON value; on a line of its own without indentation."""
    print(dumped(value, indent=indent, ascii_only=is_ascii(sys.stdout)))


def is_ascii(stream: TextIO) -> bool:
    """Whether a stream holds less than UTF-8 does."""
    return (stream.encoding or "").lower() not in ("utf-8", "utf8")


def is_file(stream: TextIO) -> bool:
    """Whether what is written to a stream goes to a file, where data stays as it is, and nowhere else."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def note(text: str) -> None:
    """A line on standard error."""
    say(f"note: {text}", sys.stderr)


def say(text: str, out: TextIO | None = None) -> None:
    """Print a line, whatever standard output can encode."""
    _print(line(text), out or sys.stdout)


def say_lines(text: str, out: TextIO | None = None) -> None:
    """Print lines whose ends are ours, as `say` does each."""
    _print(lines(text), out or sys.stdout)


def _print(text: str, out: TextIO) -> None:
    encoding = out.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=out)
