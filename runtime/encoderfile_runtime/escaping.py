"""What others named, made harmless for terminals and for the logs of CI services. Everything that is printed goes through here.

Names, labels, tokens and paths are somebody else's. Raw, they could move the cursor, hide what is written (bidirectional controls),
begin a line of their own, or give a CI service a command.
"""

from __future__ import annotations

from typing import Any

_COMMAND_OF_GITHUB = "::"  # at the start of a line
_COMMANDS_OF_AZURE = ("##vso[", "##[")  # anywhere
# What controls a terminal or divides lines, apart from what is merely invisible or unassigned: Unicode's bidirectional controls,
# line and paragraph separators (UAX #9, UAX #14), C0 without the tab, DEL and C1.
_CONTROLS = (
    *(chr(code) for code in (*range(9), *range(10, 32), *range(0x7F, 0xA0))),
    *"\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff",
)
_ESCAPES = {ord(control): ascii(control)[1:-1] for control in _CONTROLS}


def printable(value: object) -> str:
    """A text as part of a line: whatever is not printable is escaped, line ends and tabs with it."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def shown(text: str) -> str:
    """The same where white space of any kind is one space."""
    if text.isprintable():
        return text
    return printable("".join(" " if character.isspace() else character for character in text))


def line(text: str) -> str:
    """A whole line: nothing in it ends the line, controls the terminal or commands a CI service. Tabs stay."""
    return _without_commands("\t".join(map(printable, text.split("\t"))))


def lines(text: str) -> str:
    """Several lines, whose ends are ours."""
    return "\n".join(map(line, text.split("\n")))


def data_line(text: str) -> str:
    """A line of data that may meet a terminal or a log: only what could do harm there is escaped."""
    if not text.isprintable():
        text = text.translate(_ESCAPES).encode(errors="backslashreplace").decode()
    return _without_commands(text)


def dumped(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON in which nothing but ASCII that is printable, and the line ends of an indentation, is not escaped or printable."""
    import json

    return escaped_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only))


def escaped_json(text: str) -> str:
    """The same JSON, with what is not printable in its strings escaped; line ends between values stay."""
    if not text.isprintable():
        text = "\n".join(map(_json_escaped, text.split("\n")))
    if "##" in text:
        for command in _COMMANDS_OF_AZURE:
            text = text.replace(command, "\\u0023" + command[1:])
    return text


def _json_escaped(piece: str) -> str:
    if piece.isprintable():
        return piece
    import json

    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in piece)


def _without_commands(text: str) -> str:
    if text.lstrip().startswith(_COMMAND_OF_GITHUB):
        text = text.replace(":", "\\x3a", 1)
    if "##" in text:
        for command in _COMMANDS_OF_AZURE:
            text = text.replace(command, "\\x23" + command[1:])
    return text
