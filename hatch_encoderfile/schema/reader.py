"""The state of reading a document: its style (TOML or YAML), the directory of its paths, and the faults found so far."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.files.limits import LONGEST_NAME
from hatch_encoderfile.messages import LONGEST_QUOTE, did_you_mean, quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

JsonSchema = dict[str, Any]

MOST_ITEMS = 4096  # of a list or a table: what a manifest holds of anything
LONGEST_PATH = 2048  # characters; Linux opens no path of more than 4095 bytes, that of the declaring file included
MOST_SUGGESTIONS = 20  # each compares a word with all that are known


class Style(enum.Enum):
    """The languages of a spec, with their names of types."""

    TOML = "TOML"
    YAML = "YAML"

    @property
    def table(self) -> str:
        """The name of a mapping."""
        return "a table" if self is Style.TOML else "a map"

    @property
    def array(self) -> str:
        """The name of a sequence."""
        return "an array" if self is Style.TOML else "a list"

    def type_of(self, value: object) -> str:  # noqa: PLR0911 - one line a type
        """The name of a value's type, with the value itself if it is short."""
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
    """Collects the faults of one document, so that one run reports all of them."""

    def __init__(self, style: Style, root: Path) -> None:
        self.style = style
        self.root = root
        self.faults: list[str] = []
        self._suggestions = 0

    def fault(self, key: str, message: str) -> None:
        """Note a fault at a key path."""
        self.faults.append(f"{key}: {message}")

    def wrong_type(self, key: str, expected: str, value: object) -> None:
        """Note a value of the wrong type."""
        numeric = isinstance(value, (int, float))
        hint = "; put it in quotes" if expected == "a string" and numeric else ""
        self.fault(key, f"expected {expected}, found {self.style.type_of(value)}{hint}")

    def wrong_value(self, key: str, expected: str, value: str | int, hint: str = "") -> None:
        """Note a value of the right type that is not valid."""
        self.fault(key, f"expected {expected}, found {quoted(value) if isinstance(value, str) else value}{hint}")

    def too_long(self, key: str, value: str, longest: int) -> bool:
        """Whether a string has more characters than any of its kind; a fault then."""
        if len(value) > longest:
            self.fault(key, f"expected at most {longest} characters, found {len(value)}")
        return len(value) > longest

    def no_path(self, key: str, value: str) -> bool:
        """Whether no system opens such a path; a fault then."""
        if self.too_long(key, value, LONGEST_PATH):
            return True
        longest = max(len(part.encode()) for part in value.split("/"))
        if longest > LONGEST_NAME:
            self.fault(key, f"expected names of at most {LONGEST_NAME} bytes, found one of {longest}")
        return longest > LONGEST_NAME

    def too_many(self, key: str, value: Collection[object]) -> bool:
        """Whether a list or a table has more members than any; a fault then."""
        if len(value) > MOST_ITEMS:
            self.fault(key or "the document", f"expected at most {MOST_ITEMS} members, found {len(value)}")
        return len(value) > MOST_ITEMS

    def suggestion(self, word: str, known: Iterable[str]) -> str:
        """A hint with the known word that may have been meant, for the first few unknown words."""
        self._suggestions += 1
        return did_you_mean(word, known) if self._suggestions <= MOST_SUGGESTIONS and len(word) <= LONGEST_QUOTE else ""
