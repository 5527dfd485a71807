"""A progress line on the terminal."""

from __future__ import annotations

import sys
import time

_EVERY = 0.2  # seconds


class Progress:
    """Counts texts on standard error; shows nothing unless that is a terminal and `shown` is set."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown and sys.stderr is not None and sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._count = self._width = 0

    def advance(self, count: int, share: float | None) -> None:
        """Count texts as done; `share` is the part of the input that is done, from 0 to 1, None if unknown."""
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
        """Erase the line, before something else is written."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
