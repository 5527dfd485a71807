"""Find the lines of files that are most relevant to a query; without FILE, lines of standard input.

Each is shown with its file and line number. Empty lines are skipped, and a line that occurs several times is shown
once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from encoderfile_runtime.cli.best import Best
from encoderfile_runtime.cli.feed import Feed
from encoderfile_runtime.cli.options import add_model_options, add_stream_options, positive, threads
from encoderfile_runtime.cli.progress import Progress
from encoderfile_runtime.cli.records import Lines, Record, is_piped
from encoderfile_runtime.cli.screen import print_json, say
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.escaping import shown

from .rank import open_query, score

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from encoderfile_runtime.cli.best import Hit
    from encoderfile_runtime.format.container import Container

_FAULTS = 20  # lines with a fault that are noted one by one: in a binary file, nearly each line has one


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("query", metavar="QUERY", help="what to look for")
    parser.add_argument("files", nargs="*", metavar="FILE", help="where to look; - is standard input")
    add_stream_options(parser, on_error="skip")
    add_model_options(parser)
    parser.add_argument("-k", "--top", type=positive, default=10, metavar="N", help="how many lines (default: 10)")
    parser.add_argument("--json", action="store_true", help="print JSON, a line a hit")


def run(container: Container, options: Namespace) -> int:
    """Print the best lines; return the exit code, 1 if lines were skipped."""
    if not options.files and not is_piped():
        options.refuse("the following arguments are required: FILE, or lines on standard input")
    query = open_query(container, options)
    files = _Files(options.files or ["-"])
    feed = Feed(files.records(), query.tokenize, options, lines=files, progress=Progress(), most_faults=_FAULTS)
    best = Best(options.top, merge=True)
    score(query, feed, best, threads(options))
    for hit in best.sorted():
        _show(hit, as_json=options.json)
    return 1 if feed.skipped else 0


class _Files:
    """The non-empty lines of several files; `size` and `done` are as in `Lines`, over all files."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._read = 0
        self._lines: Lines | None = None
        # Progress as a share needs all sizes: with a pipe among the files there is none.
        known = [os.path.getsize(path) for path in paths if os.path.isfile(path)]  # noqa: PTH113, PTH202 - pathlib is not loaded
        self.size = sum(known) if len(known) == len(paths) else 0

    @property
    def done(self) -> int:
        return self._read + (self._lines.done if self._lines else 0)

    def records(self) -> Iterator[Record]:
        for path in self._paths:
            try:
                self._lines = Lines(path)
            except EncoderfileError as error:  # one unreadable file must not hide the hits in the others
                yield Record(path, 0, "", str(error).removeprefix(f"{path}: "))
                continue
            name = self._lines.name
            for record in self._lines:
                text = record.text.strip()
                if text or record.fault:
                    yield record._replace(text=text, extra=name)
            self._read += self._lines.done
            self.close()

    def close(self) -> None:
        if self._lines:
            self._lines.close()
        self._lines = None


def _show(hit: Hit, *, as_json: bool) -> None:
    file, line, text = hit.record.extra, hit.record.number, hit.record.text
    if as_json:
        row = {"score": round(hit.score, 6), "file": file, "line": line, "text": text, "repeats": hit.repeats}
        print_json(row, indent=None)
    else:
        more = f"  (and {hit.repeats} more)" if hit.repeats else ""
        say(f"{hit.score:8.4f}  {shown(file)}:{line}: {shown(text)}{more}")
