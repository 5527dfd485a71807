"""What commands print: JSON that any encoding of standard output can hold, and notes."""

from __future__ import annotations

import sys
from typing import Any

from encoderfile_runtime.errors import printable


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """One JSON value; on a line of its own without indentation."""
    print(dumped(value, indent=indent, ascii_only=sys.stdout.encoding.lower() not in ("utf-8", "utf8")))


def dumped(value: Any, *, indent: int | None = None, ascii_only: bool) -> str:
    """JSON that UTF-8 can hold: halves of surrogate pairs, which JSON may bring in, stay escaped."""
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def note(text: str) -> None:
    """A line on standard error."""
    print("note:", printable(text), file=sys.stderr)


def shown(text: str) -> str:
    """Text as part of a line on a terminal: white space is a space, and what could control the terminal is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Print a line, whatever standard output can encode."""
    encoding = sys.stdout.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding))
