"""Where texts come from: arguments, lines of a file, lines on standard input; as they are or in JSON (https://jsonlines.org)."""

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
    """A text with where it stood, or what is wrong with it.

    Attributes:
        place: for messages: which text or line of what.
        number: the same as a number, from 1.
        text: a text, or a pair of texts; empty where there is a fault.
        fault: why there is no text; empty where there is one.
        extra: what else a JSON object held.
    """

    place: str
    number: int
    text: Any
    fault: str = ""
    extra: Any = None


class Lines:
    """The lines of a file, or of standard input where the path is "-".

    Attributes:
        name: what messages call it.
        size: of a regular file, in bytes; 0 where that is not known.
        done: bytes that were read.
    """

    def __init__(self, path: str) -> None:
        """Raises EncoderfileError: the file cannot be opened."""
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
        """Close the file, but not standard input."""
        if self._file is not sys.stdin.buffer:
            self._file.close()

    def _record(self, number: int, line: bytes) -> Record:
        place = f"{self.name}: line {number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")  # the mark that Windows' editors put first
        try:
            return Record(place, number, line.decode().rstrip("\r\n"))
        except UnicodeDecodeError as error:
            found = f"byte {error.start + 1} is 0x{line[error.start]:02x}, which is not UTF-8: convert it"
            return Record(place, number, "", found)


class Source(NamedTuple):
    """The texts of a command; `lines` tells how far they are read, `total` how many they are where that is known."""

    records: Iterator[Record]
    lines: Lines | None
    total: int | None


def source(options: Namespace, texts: Sequence[str], metavar: str = "TEXT") -> Source:
    """The texts that the options name, else those on standard input where something is piped to it."""
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
    """Whether standard input is a pipe or a file, rather than a terminal or nothing."""
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
    """A line of JSON as a text: a string, or an object's "text" with its "text_pair" if it has one."""
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
