"""TOML 1.0 within bounds, read by the standard library.

`tomllib` calls itself for each array and inline table, takes time with the square of a dotted key's parts, and lets long
integers through as other errors. What it would meet is counted first, in strings' and comments' absence.
"""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_NESTED = 64  # arrays and inline tables
MOST_PARTS = 16  # of a dotted key
LONGEST_WORD = 1024  # of a bare key, a number or a date

# A string that has no end is left to tomllib, which stops there with an error.
_TOKEN = re.compile(
    r"""
    (?P<text> \#[^\n]* | \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3,5} | '{3}(?:[^']|'(?!''))*'{3,5}
            | (?!"{3})"(?:[^"\\\n]|\\.)*" | (?!'{3})'[^'\n]*' )
  | (?P<endless> ["'] )
  | (?P<word> [A-Za-z0-9_+-]+ )
  | (?P<mark> [\[\]{}.,=\n] )
    """,
    re.DOTALL | re.VERBOSE,
)


def parse(data: bytes) -> dict[str, Any]:
    """The document's table.

    Raises:
        ValueError: it is no TOML, or none that is read.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"not valid UTF-8 at offset {error.start}") from None
    _check_bounds(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("not valid TOML: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError is one
        raise ValueError(f"not valid TOML: {error}") from None


def _check_bounds(text: str) -> None:
    depth, parts = 0, 1
    for token in _TOKEN.finditer(text):
        if token["endless"]:
            return
        word, mark = token["word"], token["mark"]
        if word and len(word) > LONGEST_WORD:
            what = "an integer has thousands of digits" if word.isdecimal() else f"a word has {len(word)} characters"
            raise ValueError(f"not valid TOML: {what}{_place(text, token)}")
        if not mark:
            continue
        parts = parts + 1 if mark == "." else 1
        if parts > MOST_PARTS:
            raise ValueError(f"not valid TOML: a key has more than {MOST_PARTS} parts{_place(text, token)}")
        depth += (mark in "[{") - (mark in "]}")
        if depth > MOST_NESTED:
            raise ValueError(f"not valid TOML: nested more than {MOST_NESTED} deep{_place(text, token)}")


def _place(text: str, token: re.Match[str]) -> str:
    return f" (at line {text.count(chr(10), 0, token.start()) + 1})"
