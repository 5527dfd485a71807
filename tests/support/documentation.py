"""The commands of a Markdown page: found, run in a folder of their own, and compared with the output that the page shows.

A fenced block of `console`, `sh` or `python` is run unless a comment right before it says otherwise:

    <!-- not run: REASON -->         it is not run
    <!-- instead: COMMAND -->        besides: what the test runs in its place
    <!-- exit: N -->                 its last command ends with this exit code
    <!-- output varies: REASON -->   it is run, and its output is not compared
    <!-- file: PATH -->              before a block of any language: its text is written to the file
"""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELLS = ("console", "sh")
RUN = (*SHELLS, "python")
LANGUAGES = (*RUN, "toml", "yaml", "text", "")
MARKS = ("not run", "instead", "exit", "output varies", "file")

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMENTS = re.compile(r"(?:<!--(?:(?!-->).)*-->\s*)+\Z", re.DOTALL)
_COMMENT = re.compile(r"<!--\s*([a-z ]+):\s*(.*?)\s*-->", re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d+")
_TOLERANCE = 2e-4  # results differ in the last digits between processors


class Block(NamedTuple):
    """A fenced block: where it begins, its language, its text and the marks before it."""

    line: int
    language: str
    text: str
    marks: dict[str, str]


class Command(NamedTuple):
    """A command and the output that stands below it; None where the page shows none."""

    text: str
    output: str | None


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for fence in _FENCE.finditer(page):
        before = _COMMENTS.search(page, 0, fence.start())
        marks = dict(_COMMENT.findall(before.group())) if before else {}
        yield Block(page.count("\n", 0, fence.start()) + 1, fence.group(2), fence.group(3), marks)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block; in `console`, lines that begin with `$ `, with their output."""
    text = block.text.replace("\\\n", "")
    if block.language == "sh":
        yield from (Command(line.strip(), None) for line in text.splitlines() if line.strip())
        return
    first, *others = re.split(r"^\$ ", text, flags=re.MULTILINE)
    if first.strip() or not others:
        raise ValueError(f"line {block.line}: a console block begins with `$ ` and a command")
    for other in others:
        command, _, output = other.partition("\n")
        yield Command(command.strip(), output.strip("\n") or None)


def plain_words(command: str) -> list[str] | None:
    """The words of a command that needs no shell; None where it does."""
    if re.search(r"[|<>$&;*`]", command):
        return None
    words = shlex.split(command, comments=True)
    return None if not words or "=" in words[0] else words


def differs(expected: str, found: str) -> str | None:
    """How output differs from the page's, in which `…` stands for anything and numbers with a point may be off a little."""
    pattern = r"(-?\d+\.\d+)".join(re.escape(piece) for piece in _NUMBER.split(_tidy(expected)))
    match = re.fullmatch(pattern.replace("…", ".*?"), _tidy(found), re.DOTALL)
    if not match:
        return f"expected:\n{_tidy(expected)}\nfound:\n{_tidy(found)}"
    for one, other in zip(_NUMBER.findall(expected), match.groups(), strict=True):
        if abs(float(one) - float(other)) > _TOLERANCE:
            return f"expected {one}, found {other}"
    return None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def shell_environment(home: Path) -> dict[str, str]:
    """What commands of a page find: this Python's programs, and nothing of the user's."""
    from pathlib import Path

    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(home),
        "ENCODERFILE_PYTHON": sys.executable,
        "LC_ALL": "C.UTF-8",
    }
