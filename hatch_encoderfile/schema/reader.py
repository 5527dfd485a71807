"""What reading a spec keeps: the style of its keys, the directory its paths start from, and every fault found so far."""

from __future__ import annotations

import datetime as dt
import difflib
import enum
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

JsonSchema = dict[str, Any]

LONGEST_QUOTE = 80
SHORTEST_PART = 3
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Style(enum.Enum):
    """The two ways to write a spec, and the words of each language for its types."""

    TOML = "TOML"
    YAML = "YAML"

    @property
    def table(self) -> str:
        """A mapping."""
        return "a table" if self is Style.TOML else "a map"

    @property
    def array(self) -> str:
        """A sequence."""
        return "an array" if self is Style.TOML else "a list"

    def type_of(self, value: object) -> str:  # noqa: PLR0911 - one line a type
        """The type of a value, with the value itself where it is short."""
        match value:
            case bool():
                return json.dumps(value)
            case None:
                return "null"
            case str():
                return f"the string {quoted(value)}"
            case int() | float():
                return f"the {'integer' if isinstance(value, int) else 'float'} {shortened(repr(value))}"
            case dict():
                return self.table
            case list():
                return self.array
            case dt.datetime():
                return "a local date-time" if value.tzinfo is None else "a date-time"
            case dt.date():
                return "a local date"
            case _:
                return "a local time"


class Reader:
    """Reads one document; a fault is noted and reading goes on, so that one run shows them all."""

    def __init__(self, style: Style, root: Path) -> None:
        self.style = style
        self.root = root
        self.faults: list[str] = []

    def fault(self, key: str, message: str) -> None:
        """Note a fault at this key path."""
        self.faults.append(f"{key}: {message}")

    def wrong_type(self, key: str, expected: str, value: object) -> None:
        """Note a value of another type than this key's."""
        numeric = isinstance(value, (int, float))
        hint = "; put it in quotes" if expected == "a string" and numeric else ""
        self.fault(key, f"expected {expected}, found {self.style.type_of(value)}{hint}")

    def wrong_value(self, key: str, expected: str, value: str | int, hint: str = "") -> None:
        """Note a value of the right type that is not one of those allowed."""
        self.fault(key, f"expected {expected}, found {quoted(value) if isinstance(value, str) else value}{hint}")


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
