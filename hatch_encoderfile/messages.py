"""Helpers for messages: quoting values, joining key paths, suggesting the nearest name."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_QUOTE = 80
SHORTEST_PART = 3
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """The text in single quotes, on one line, printable and not too long."""
    return repr(shortened(text))


def shortened(text: str) -> str:
    """The text, cut where it is too long for a message."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def joined(key: str, name: str) -> str:
    """The path of a key inside another, with TOML's quotes where the name needs them."""
    if not BARE_KEY.fullmatch(name):
        name = json.dumps(shortened(name), ensure_ascii=not name.isprintable())
    return f"{key}.{shortened(name)}" if key else name


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word nearest to this one, else the first that holds it, or nothing."""
    letters = _letters(word)
    by_letters = {_letters(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(letters, by_letters, n=1)
    if not near and len(letters) >= SHORTEST_PART:
        near = [candidate for candidate in by_letters if letters in candidate]
    return f"; did you mean {by_letters[near[0]]!r}?" if near else ""


def _letters(word: str) -> str:
    return word.lower().replace("_", "-")
