"""The components with a pattern, a string or a regular expression: Replace, Split and CharDelimiterSplit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from .aligned import AlignedText
from .splitting import BEHAVIORS, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.fields import Fields


class Spans(Protocol):
    """A pattern that finds matches in a text."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match, from left to right."""
        ...

    def replace(self, text: str, content: str) -> str:
        """The text with every match replaced by `content`, taken literally."""
        ...


class Literal:
    """A pattern that matches one string."""

    __slots__ = ("_pattern", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = re.compile(re.escape(text))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each occurrence."""
        return (match.span() for match in self._pattern.finditer(text))

    def replace(self, text: str, content: str) -> str:
        """The text with every occurrence replaced by `content`, taken literally."""
        return self._pattern.sub(lambda _: content, text)


def read_pattern(fields: Fields) -> Spans:
    """Read the object `pattern`: `{"String": …}` or `{"Regex": …}`."""
    if "Regex" not in fields:
        text = fields.string("String")
        if fields.is_empty("String"):
            fields.fault("is empty", "String")
        fields.close()
        return Literal(text)
    from .regex.pattern import Pattern
    from .regex.tree import UnsupportedError

    source = fields.string("Regex")
    fields.close()
    try:
        return Pattern(source)
    except UnsupportedError as error:
        if source or fields.is_empty("Regex"):
            fields.fault(f"is not supported: {error}", "Regex")
        return Literal("")


class Replace:
    """Replaces the matches of a pattern by one string, aligned with the last character of the match."""

    __slots__ = ("_content", "_pattern")

    def __init__(self, pattern: Spans, content: str) -> None:
        self._pattern = pattern
        self._content = content

    @property
    def added(self) -> list[tuple[str, str]]:
        """Pairs of a replaced string and its replacement, for `growth.too_much`; a blank stands for an expression."""
        return [(self._pattern.text if isinstance(self._pattern, Literal) else " ", self._content)]

    @classmethod
    def read(cls, fields: Fields) -> Replace:
        """Read its object."""
        return cls(read_pattern(fields.member("pattern")), fields.string("content"))

    def grown(self, text: str, limit: int) -> int:
        """The length of the result, or an upper bound of it that is within the limit."""
        longest = len(text) * max(1, len(self._content))
        if longest <= limit:
            return longest
        return len(text) + sum(len(self._content) - (end - start) for start, end in self._pattern.spans(text))

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with all matches replaced."""
        parts = []
        spans = []
        position = 0
        for start, end in self._pattern.spans(text.text):
            parts += [text.text[position:start], self._content]
            spans += text.spans[position:start] + [text.spans[end - 1]] * len(self._content)
            position = end
        if not position:
            return text
        return AlignedText("".join([*parts, text.text[position:]]), spans + text.spans[position:])

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return self._pattern.replace(text, self._content)


class Split:
    """Cuts text at the matches of a pattern; `splitting.BEHAVIORS` says what happens to the matches."""

    __slots__ = ("behavior", "invert", "pattern")

    def __init__(self, pattern: Spans, behavior: str, *, invert: bool) -> None:
        self.pattern = pattern
        self.behavior = behavior
        self.invert = invert

    @classmethod
    def read(cls, fields: Fields) -> Split:
        """Read its object."""
        pattern = read_pattern(fields.member("pattern"))
        return cls(pattern, fields.choice("behavior", BEHAVIORS), invert=fields.boolean("invert"))

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The parts."""
        return cut(text, self.pattern.spans(text.text), self.behavior, invert=self.invert)


class CharDelimiterSplit:
    """Cuts text at a delimiter of one character, which is removed."""

    __slots__ = ("_delimiter",)

    def __init__(self, delimiter: str) -> None:
        self._delimiter = Literal(delimiter)

    @classmethod
    def read(cls, fields: Fields) -> CharDelimiterSplit:
        """Read its object."""
        delimiter = fields.string("delimiter")
        if len(delimiter) != 1 and "delimiter" in fields:
            fields.fault("expected one character", "delimiter")
        return cls(delimiter)

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The parts between the delimiters."""
        return cut(text, self._delimiter.spans(text.text), "Removed")
