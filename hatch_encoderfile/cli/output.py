"""How commands speak: tables and progress for people on a terminal, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_BLINK = 0.4  # seconds
_PIPE_WIDTH = 10_000


def stdout() -> Console:
    """Where results go; plain text of any width when piped."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def stderr() -> Console:
    """Where notes, progress and errors go."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def error(text: str) -> None:
    """Say why a command failed."""
    from rich.text import Text

    stderr().print(Text("error: ", "bold red").append(_printable(text), "default not bold"), soft_wrap=True)


def note(text: str, kind: str = "note") -> None:
    """Say something beside the result."""
    stderr().print(f"{kind}: {_printable(text)}", markup=False, soft_wrap=True)


def _printable(text: str) -> str:
    """Each line with whatever could control the terminal escaped."""
    from encoderfile_runtime.report import printable

    return "\n".join(map(printable, text.split("\n")))


def print_json(value: Any) -> None:
    """One JSON document on standard output, which is ASCII where standard output is not UTF-8."""
    ascii_only = sys.stdout.encoding.lower() not in ("utf-8", "utf8")
    print(json.dumps(value, indent=2, ensure_ascii=ascii_only), flush=True)  # noqa: T201 - rich would wrap it


def cell(value: object) -> Text:
    """Text that is shown as it is: no markup, nothing that controls the terminal."""
    from rich.text import Text

    from encoderfile_runtime.report import printable

    return Text(printable(value))


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without lines; columns named in `right` are right-aligned and keep their width, others fold."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(
            column, justify="right" if column in right else "left", no_wrap=column in right, overflow="fold"
        )
    return made


def facts(rows: Mapping[str, object]) -> Table:
    """A table of names and values, without those that are not known."""
    made = table("name", "value")
    made.show_header = False
    made.columns[0].no_wrap = True
    for name, value in rows.items():
        if value:
            made.add_row(cell(name), cell(value))
    return made


def size(count: int) -> str:
    """A number of bytes for people."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A function to tell bytes to; they show on a terminal, once the work takes longer than a blink."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    bar = Progress(
        TextColumn(description), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=stderr(), transient=True
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
