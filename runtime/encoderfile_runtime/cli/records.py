"""The source of texts: arguments, or lines of a file or of standard input, plain or JSON (https://jsonlines.org)."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import is_pipe, opened_stream, reason

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence


class Record(NamedTuple):
    """A text and its place in the input, or the fault that makes it unusable.

    Attributes:
        place: for messages, such as "FILE: line 3".
        number: number of the text or line, from 1.
        text: a text or a pair of texts; empty if there is a fault.
        fault: what is wrong; empty if nothing is.
        extra: the other members of a JSON object; for `search`, the name of the file.
    """

    place: str
    number: int
    text: Any
    fault: str = ""
    extra: Any = None


class Lines:
    """The lines of a file, or of standard input if the path is "-".

    Attributes:
        name: name for messages.
        size: bytes of a regular file; 0 if unknown.
        done: bytes read so far.
    """

    def __init__(self, path: str) -> None:
        """Open the file; raises EncoderfileError if that fails."""
        self.name = "standard input" if path == "-" else path
        self._file: BinaryIO
        self.done = 0
        try:
            self._file = sys.stdin.buffer if path == "-" else opened_stream(path)
            self.size = _size(self._file)
        except (OSError, ValueError) as error:
            hint = f": to read from a pipe, write `< {path}`" if is_pipe(path) else ""
            raise EncoderfileError(f"{path}: {reason(error)}{hint}") from None

    def __iter__(self) -> Iterator[Record]:
        number = 0
        try:
            for number, line in enumerate(self._file, 1):
                self.done += len(line)
                yield self._record(number, line)
        except OSError as error:
            raise EncoderfileError(f"{self.name}: after line {number}: {error.strerror or error}") from None

    def close(self) -> None:
        """Close the file, unless it is standard input."""
        if self._file is not sys.stdin.buffer:
            self._file.close()

    def _record(self, number: int, line: bytes) -> Record:
        place = f"{self.name}: line {number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")  # a byte order mark, as editors on Windows write it
        try:
            return Record(place, number, line.decode().rstrip("\r\n"))
        except UnicodeDecodeError as error:
            found = f"byte {error.start + 1} is 0x{line[error.start]:02x}, which is not UTF-8: convert it"
            return Record(place, number, "", found)


class Source(NamedTuple):
    """The texts of a command: `lines` is their file, None for arguments; `total` their number, None if unknown."""

    records: Iterator[Record]
    lines: Lines | None
    total: int | None


def source(options: Namespace, texts: Sequence[str], metavar: str = "TEXT") -> Source:
    """The texts given as arguments or with `-i`, else the lines of standard input if something is piped to it."""
    refuse: Callable[[str], Any] = options.refuse
    if texts and options.input is not None:
        refuse(f"expected {metavar} or -i FILE, found both")
    if texts:
        records = (Record(f"text {number} of {len(texts)}", number, text) for number, text in enumerate(texts, 1))
        return Source(records, None, len(texts))
    if options.input is None and not is_piped():
        refuse(f"the following arguments are required: {metavar}, -i FILE or lines on standard input")
    path = "-" if options.input is None else options.input
    lines = Lines(path)
    if options.input_format == "jsonl" or (options.input_format is None and path.endswith((".jsonl", ".ndjson"))):
        return Source(map(_parsed, lines), lines, None)
    return Source(iter(lines), lines, None)


def is_piped() -> bool:
    """Whether standard input is a pipe, a socket or a file, rather than a terminal or closed."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _size(file: BinaryIO) -> int:
    try:
        facts = os.fstat(file.fileno())
    except OSError:
        return 0
    return facts.st_size if stat.S_ISREG(facts.st_mode) else 0


def _parsed(record: Record) -> Record:
    """Parse a line of JSON: a string, or an object with "text" and perhaps "text_pair"."""
    if record.fault:
        return record
    import json

    try:
        value = json.loads(record.text)
    except (ValueError, RecursionError) as error:
        return record._replace(text="", fault=f"is not JSON: {error}")
    if isinstance(value, str):
        return record._replace(text=value)
    extra = dict(value) if isinstance(value, dict) else {}
    text, pair = extra.pop("text", None), extra.get("text_pair", "")
    if not isinstance(text, str) or not isinstance(pair, str):
        return record._replace(text="", fault='expected a JSON string, or an object whose "text" is one', extra=extra)
    return record._replace(text=(text, pair) if "text_pair" in extra else text, extra=extra)
