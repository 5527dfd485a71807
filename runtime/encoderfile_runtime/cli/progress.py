"""A line on the terminal that says how far a command is."""

from __future__ import annotations

import sys
import time

_EVERY = 0.2  # seconds


class Progress:
    """Counts texts; shows nothing unless it is asked to and standard error is a terminal."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown and sys.stderr is not None and sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._count = self._width = 0

    def advance(self, count: int, share: float | None) -> None:
        """So many texts more are done, and this share of all where that is known."""
        if not self._shown:
            return
        self._count += count
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last = now
        part = "" if share is None else f"{share:4.0%}  "
        line = f"{part}{self._count:,} texts, {self._count / (now - self._start):,.0f} a second"
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def clear(self) -> None:
        """Take the line away, for what is written next."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
