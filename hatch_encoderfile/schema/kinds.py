"""The kinds of values in a spec. Each kind reads and checks a value, and has an equivalent JSON Schema."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hatch_encoderfile.schema.reader import LONGEST_PATH
from hatch_encoderfile.standards import spdx

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.schema.reader import JsonSchema, Reader, Style

LONGEST_TEXT = 2048  # characters: what servers and browsers take as a URL
LONGEST_LICENSE = 1024
LARGEST_INTEGER = 2**63 - 1  # TOML 1.0, "Integer"
# RFC 3339, section 5.6, in whole seconds and from 1970 on; not `dt.datetime.fromisoformat`, which accepts more from 3.11 on.
CREATED = (
    r"(19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}[Tt ]"
    r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.0+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


class Kind(Protocol):
    """A kind of value."""

    def read(self, value: object, key: str, reader: Reader) -> Any:
        """Convert a value for the build; if it is not of this kind, a fault is noted and the result is meaningless."""

    def expected(self, style: Style) -> str:
        """A description of valid values, for messages and the documentation."""

    def schema(self, style: Style) -> JsonSchema:
        """The kind as JSON Schema."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string that matches a regular expression as a whole.

    Attributes:
        what: description of valid strings.
        pattern: the regular expression.
        never: a regular expression for secrets, which must match nowhere; a string that has one is not shown in messages.
        longest: largest number of characters.
    """

    what: str
    pattern: str
    never: str = ""
    longest: int = LONGEST_TEXT

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The string as it is."""
        if not isinstance(value, str):
            reader.wrong_type(key, "a string", value)
        elif reader.too_long(key, value, self.longest):
            pass
        elif self.never and re.search(self.never, value):
            reader.fault(key, f"expected {self.what}; what was found holds one and is not shown")
        elif not re.fullmatch(self.pattern, value):
            reader.wrong_value(key, self.what, value)
        else:
            return value
        return None

    def expected(self, _style: Style) -> str:
        """The description."""
        return self.what

    def schema(self, _style: Style) -> JsonSchema:
        """A string with the pattern."""
        without = f"(?!.*{self.never})" if self.never else ""
        return {"type": "string", "maxLength": self.longest, "pattern": f"^{without}(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words; `not_yet` are words that Mozilla knows and this version does not support."""

    words: tuple[str, ...]
    not_yet: tuple[str, ...] = ()

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The word."""
        if not isinstance(value, str):
            reader.wrong_type(key, self.expected(reader.style), value)
        elif value in self.not_yet:
            reader.fault(key, f"{value!r} is not supported yet; expected {self.expected(reader.style)}")
        elif value not in self.words:
            reader.wrong_value(key, self.expected(reader.style), value, reader.suggestion(value, self.words))
        else:
            return value
        return None

    def expected(self, _style: Style) -> str:
        """The words."""
        words = ", ".join(repr(word) for word in self.words)
        return f"one of {words}" if len(self.words) > 1 else words

    def schema(self, _style: Style) -> JsonSchema:
        """An enum."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer; true and 1.0 are not integers."""

    minimum: int

    def read(self, value: object, key: str, reader: Reader) -> int | None:
        """The number."""
        if not isinstance(value, int) or isinstance(value, bool):
            reader.wrong_type(key, self.expected(reader.style), value)
        elif value > LARGEST_INTEGER:
            reader.fault(key, f"expected an integer of at most 64 bits, found one of {value.bit_length() + 1}")
        elif value < self.minimum:
            reader.wrong_type(key, self.expected(reader.style), value)
        else:
            return value
        return None

    def expected(self, _style: Style) -> str:
        """The range in words."""
        return "a positive integer" if self.minimum else "an integer of 0 or more"

    def schema(self, _style: Style) -> JsonSchema:
        """An integer in its range."""
        return {"type": "integer", "minimum": self.minimum, "maximum": LARGEST_INTEGER}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: object, key: str, reader: Reader) -> bool | None:
        """The flag."""
        if isinstance(value, bool):
            return value
        reader.wrong_type(key, self.expected(reader.style), value)
        return None

    def expected(self, _style: Style) -> str:
        """Both words."""
        return "true or false"

    def schema(self, _style: Style) -> JsonSchema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path, relative to the declaring file; `~` is not expanded.

    Attributes:
        of_file: whether a slash at the end, which would name a directory, is refused.
    """

    of_file: bool = False

    def read(self, value: object, key: str, reader: Reader) -> Path | None:
        """The absolute path; whether it exists is not checked."""
        if not isinstance(value, str):
            reader.wrong_type(key, "a string", value)
        elif reader.no_path(key, value):
            pass
        elif not value or "\0" in value or (self.of_file and value.endswith("/")):
            reader.wrong_value(key, self.expected(reader.style), value)
        else:
            return reader.root / value
        return None

    def expected(self, _style: Style) -> str:
        """A path, or the path of a file."""
        return "the path of a file" if self.of_file else "a path"

    def schema(self, _style: Style) -> JsonSchema:
        """A string that is not empty."""
        pattern = r"^[^\u0000]*[^\u0000/]$" if self.of_file else r"^[^\u0000]+$"
        return {"type": "string", "maxLength": LONGEST_PATH, "pattern": pattern}


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A date and time in whole seconds (RFC 3339), not before 1970, as a string or as TOML's type."""

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The time in UTC, as `2021-08-30T00:00:00Z`."""
        moment = value
        if isinstance(value, str):
            moment = _parsed_moment(value)
        elif not isinstance(value, dt.datetime) or value.tzinfo is None or value.microsecond:
            reader.wrong_type(key, self.expected(reader.style), value)
            return None
        try:
            utc = moment.astimezone(dt.timezone.utc) if isinstance(moment, dt.datetime) else None
        except OverflowError:
            utc = None
        if utc is None or utc.year < 1970:
            found = value if isinstance(value, str) else str(value)
            reader.wrong_value(key, self.expected(reader.style), found)
            return None
        return utc.replace(tzinfo=None).isoformat() + "Z"

    def expected(self, _style: Style) -> str:
        """The format, by example."""
        return "a date and time in whole seconds with Z or an offset, such as 2021-08-30T00:00:00Z"

    def schema(self, _style: Style) -> JsonSchema:
        """A string, to which validators of TOML convert its own type."""
        return {"type": "string", "format": "date-time", "pattern": f"^{CREATED}$"}


def _parsed_moment(text: str) -> dt.datetime | None:
    if not re.fullmatch(CREATED, text):
        return None
    offset = "+00:00" if text[-1] in "Zz" else text[-6:]
    try:
        return dt.datetime.fromisoformat(f"{text[:10]}T{text[11:19]}{offset}")
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class License:
    """An SPDX licence expression."""

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The expression as it is."""
        if not isinstance(value, str):
            reader.wrong_type(key, "a string", value)
        elif reader.too_long(key, value, LONGEST_LICENSE):
            pass
        elif fault := spdx.fault_in(value):
            reader.wrong_value(key, self.expected(reader.style), value, f" ({fault})")
        else:
            return value
        return None

    def expected(self, _style: Style) -> str:
        """The format, by example."""
        return "an SPDX expression such as 'Apache-2.0'"

    def schema(self, _style: Style) -> JsonSchema:
        """A string of the grammar's characters; JSON Schema cannot express more."""
        return {"type": "string", "maxLength": LONGEST_LICENSE, "pattern": "^[A-Za-z0-9.+:() -]+$"}


@dataclass(frozen=True, slots=True)
class NotYet:
    """A key of Mozilla's that this version does not support; it is refused rather than ignored."""

    what: str

    def read(self, _value: object, key: str, reader: Reader) -> None:
        """Always a fault."""
        reader.fault(key, f"{self.what} is not supported yet; take the key out to build without it")

    def expected(self, _style: Style) -> str:
        """The reason."""
        return "not supported yet"

    def schema(self, _style: Style) -> JsonSchema:
        """Nothing matches."""
        return {"not": {}}
