"""Printing to the terminal: JSON, lines and notes that any encoding of the stream can represent."""

from __future__ import annotations

import sys
from typing import Any

from encoderfile_runtime.errors import printable


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a JSON value, on one line if `indent` is None."""
    print(dumped(value, indent=indent, ascii_only=sys.stdout.encoding.lower() not in ("utf-8", "utf8")))


def dumped(value: Any, *, indent: int | None = None, ascii_only: bool) -> str:
    """Serialize as JSON; lone surrogates, which JSON input may contain and UTF-8 cannot encode, are escaped."""
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def note(text: str) -> None:
    """Print a note on standard error."""
    print("note:", printable(text), file=sys.stderr)


def shown(text: str) -> str:
    """Text as part of a line on a terminal: white space becomes a blank, and control characters are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Print a line; characters that standard output cannot encode are escaped."""
    encoding = sys.stdout.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding))
