"""Output of commands: lines and tables for people, JSON for programs, progress on a terminal.

Only progress imports `rich`, which takes longer than most commands run.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from encoderfile_runtime.escaping import dumped, line, lines, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BLINK = 0.4  # seconds before progress is shown
BOLD, _BOLD_RED = "1", "1;31"


def show(text: str, style: str = "") -> None:
    """Print a line of the result."""
    print(_styled(line(text), style, sys.stdout))  # noqa: T201 - standard output is what this is for


def show_lines(text: str) -> None:
    """Print lines of the result, whose ends are ours."""
    print(lines(text))  # noqa: T201


def show_table(table: Table, title: str = "") -> None:
    """Print a table of a result, below its title."""
    if title:
        show("")
        show(title, BOLD)
    print(table)  # noqa: T201


def error(text: str) -> None:
    """Say why a command failed."""
    print(_styled("error:", _BOLD_RED, sys.stderr), lines(text), file=sys.stderr)  # noqa: T201


def note(text: str, kind: str = "note") -> None:
    """Say something beside the result."""
    print(line(f"{kind}: {text}"), file=sys.stderr)  # noqa: T201


def is_plain(stream: TextIO) -> bool:
    """Whether output to a stream must have no colour: not a terminal, NO_COLOR (https://no-color.org) or TERM=dumb."""
    return not stream.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"


def _styled(text: str, style: str, stream: TextIO) -> str:
    return text if not style or os.name == "nt" or is_plain(stream) else f"\x1b[{style}m{text}\x1b[0m"


def print_json(value: Any) -> None:
    """Print a JSON document, in ASCII if standard output is not UTF-8."""
    ascii_only = sys.stdout.encoding.lower() not in ("utf-8", "utf8")
    print(dumped(value, indent=2, ascii_only=ascii_only), flush=True)  # noqa: T201


class Table:
    """A table with aligned columns; `str` gives its lines."""

    def __init__(self, columns: tuple[str, ...], right: tuple[str, ...], *, has_header: bool = True) -> None:
        self._columns = columns
        self._right = right
        self._has_header = has_header
        self._rows: list[tuple[str, ...]] = []

    def add_row(self, *cells: object) -> None:
        """Add a row with a cell for each column; control characters are escaped."""
        self._rows.append(tuple(map(printable, cells)))

    def __str__(self) -> str:
        rows = [self._columns, *self._rows] if self._has_header else self._rows
        aligned = []
        for number, name in enumerate(self._columns):
            texts = [row[number] for row in rows]
            width = max(map(_width, texts), default=0)
            pads = [" " * (width - _width(text)) for text in texts]
            to_the_right = name in self._right
            aligned.append([pad + text if to_the_right else text + pad for text, pad in zip(texts, pads, strict=True)])
        printed = [line("  ".join(cells)) for cells in zip(*aligned, strict=True)]
        if self._has_header:
            printed[0] = _styled(printed[0], BOLD, sys.stdout)
        return "\n".join(printed)


def _width(text: str) -> int:
    """The width of a text on a terminal in columns (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Make a table; columns named in `right` are right-aligned."""
    return Table(columns, right)


def facts(rows: Mapping[str, object]) -> Table:
    """Make a table of names and values; rows without a value are left out."""
    made = Table(("name", "value"), (), has_header=False)
    for name, value in rows.items():
        if value:
            made.add_row(name, value)
    return made


def size(count: int) -> str:
    """A number of bytes with a decimal unit, such as 1.5 MB."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with numbers of bytes; on a terminal, a progress bar appears after a moment."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True, highlight=False)
    bar = Progress(
        TextColumn(description), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console, transient=True
    )
    task = bar.add_task(description, total=total)
    started, shown = time.monotonic(), False

    def advance(count: int) -> None:
        nonlocal shown
        if not shown and time.monotonic() - started > _BLINK:
            bar.start()
            shown = True
        bar.advance(task, count)

    try:
        yield advance
    finally:
        if shown:
            bar.stop()
