"""Regular expressions for identities, in the part of Python's syntax that is matched in linear time.

Whoever signs chooses much of their identity, and may choose one that a backtracking matcher takes years for. So the runtime's
automaton matches. It reads Oniguruma's syntax: what that and Python's take for different things is refused.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from encoderfile_runtime.tokenizer.regex.automaton import Automaton
from encoderfile_runtime.tokenizer.regex.syntax import parse
from encoderfile_runtime.tokenizer.regex.tree import UnsupportedError

LONGEST_PATTERN = 1024  # characters
LONGEST_IDENTITY = 1024
_MOST_CLASSES = 64  # such as \w, each of which is hundreds of ranges
_LAST_CHARACTER = 0x10FFFF
_BEFORE = "\n"  # an automaton finds no empty match; `^` and `.` take what follows as they take the start
_OPEN = rf"\A{_BEFORE}(?:"
_POSITION = re.compile("(?<=before )[0-9]+|(?<=at )[0-9]+")

_ESCAPE = r"\\(?:[dDwWsS]|[^A-Za-z0-9])"
_CLASS = rf"\[\^?\]?(?:{_ESCAPE}|[^\]\\])*\]"
_REPEAT = r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\}(?!\?))"
# `(?` begins a group without a name, with or without case, or a look-ahead. Oniguruma has other meanings for a `+` after a
# repetition, for a `?` after `{2}`, and for most letters after a backslash.
_SHARED = re.compile(rf"(?:{_ESCAPE}|{_CLASS}|\((?!\?)|\(\?(?:i?:|[=!])|{_REPEAT}(?!\+)|[^\\\[(*+?{{])*")


def check(pattern: str) -> None:
    """Whether identities can be matched with it.

    Raises:
        ValueError: it is no regular expression, or none that is taken.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"expected at most {LONGEST_PATTERN} characters, found {len(pattern)}")
    _compiled(pattern)


def matches(pattern: str, identity: str) -> bool:
    """Whether the pattern matches the whole identity; none is longer than an e-mail address or a workflow's URI is.

    Raises:
        ValueError: as `check`.
    """
    check(pattern)
    if not 0 < len(identity) <= LONGEST_IDENTITY or _BEFORE in identity:
        return False
    return any(_compiled(pattern).spans(_BEFORE + identity))


@lru_cache
def _compiled(pattern: str) -> Automaton:
    shared = _SHARED.match(pattern)
    if not shared or shared.end() != len(pattern):
        at = shared.end() if shared else 0
        raise ValueError(f"what stands at position {at} is no part of the expressions that are taken here")
    if len(re.findall(r"\\[dDwWsS]", pattern)) > _MOST_CLASSES:
        raise ValueError(f"has more than {_MOST_CLASSES} classes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what Python takes as text now, and Oniguruma does not: [[a]
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(str(error)) from None
    try:
        return Automaton(parse(rf"{_OPEN}{pattern})\z", _LAST_CHARACTER))
    except UnsupportedError as error:
        told = _POSITION.sub(lambda found: str(int(found[0]) - len(_OPEN)), str(error))
        raise ValueError(told) from None
