"""The syntax of Oniguruma (https://github.com/kkos/oniguruma/blob/master/doc/RE) and what is the same in Python's.

Classes of characters are written out from the tables of the `tokenizers` library. What has no exact translation, what
can match the empty string, and what repeats a repetition without end (which can take exponential time) is refused.
"""

from __future__ import annotations

import re

from .character_ranges import ASCII, Ranges, cased, category, complement, digit, render, space, union, word, word_alone

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_ANCHORS = {"^": r"(?:\A|(?<=\n)(?!\Z))", "$": r"(?=\n|\Z)", "A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)"}
_QUANTIFIER = re.compile(r"\?|\*|\+|\{(\d+)(,?)(\d*)\}|\{,\d+\}")
# Letters under (?i) that Unicode folds to one character as well.
_FOLDED = ("ss", "ff", "fi", "fl", "st")


class UnsupportedError(Exception):
    """A regular expression that has no exact translation; the message says what stands in the way."""


def translate(source: str, limit: int) -> str:
    """A regular expression that does in Python, in texts with characters up to the limit, what the source does.

    Raises:
        UnsupportedError: there is no exact translation.
    """
    return _Translation(source, limit).whole()


class _Part:
    """A translated part: its text, the fewest characters it matches, and whether it repeats something without end."""

    __slots__ = ("repeats", "text", "width")

    def __init__(self, text: str, width: int, *, repeats: bool = False) -> None:
        self.text = text
        self.width = width
        self.repeats = repeats


class _Translation:
    """A recursive descent through a regular expression."""

    def __init__(self, source: str, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._position = 0
        self._atomic = 0
        self._ignore_case = False

    def whole(self) -> str:
        """The whole expression."""
        part = self._alternatives()
        if self._position < len(self._source):
            raise UnsupportedError(f"')' at {self._position} closes nothing")
        if not part.width:
            raise UnsupportedError("it can match the empty string")
        return part.text

    def _peek(self, text: str) -> bool:
        return self._source.startswith(text, self._position)

    def _take(self, text: str) -> bool:
        found = self._peek(text)
        self._position += len(text) * found
        return found

    def _next(self) -> str:
        if self._position >= len(self._source):
            raise UnsupportedError("it ends too early")
        self._position += 1
        return self._source[self._position - 1]

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        repeats = any(part.repeats for part in parts)
        return _Part("|".join(part.text for part in parts), min(part.width for part in parts), repeats=repeats)

    def _sequence(self) -> _Part:
        parts = []
        start = self._position
        while self._position < len(self._source) and not self._peek("|") and not self._peek(")"):
            parts.append(self._quantified())
        if self._ignore_case and any(letters in self._source[start : self._position].lower() for letters in _FOLDED):
            raise UnsupportedError("letters under (?i) that one character may stand for")
        repeats = any(part.repeats for part in parts)
        return _Part("".join(part.text for part in parts), sum(part.width for part in parts), repeats=repeats)

    def _quantified(self) -> _Part:
        part = self._atom()
        bounds = _QUANTIFIER.match(self._source, self._position)
        if not bounds:
            return part
        self._position = bounds.end()
        kind = bounds[0]
        if part.text.startswith(("(?=", "(?!", "(?<")) or not part.text:
            raise UnsupportedError(f"'{kind}' after what matches no character")
        least = {"?": 0, "*": 0, "+": 1}.get(kind, int(bounds[1] or 0))
        endless = kind in "*+" or bool(bounds[2] and not bounds[3])
        if endless and (part.repeats or not part.width):
            raise UnsupportedError(f"a part before {self._position} is repeated that repeats itself or may be empty")
        text = f"{part.text}{kind}"
        repeats = part.repeats or endless
        if self._take("+"):
            if kind[0] == "{":
                raise UnsupportedError(f"'+' after '{kind}'")
            text, repeats = self._group_atomic(text), False
        elif self._take("?"):
            if kind[0] == "{":
                raise UnsupportedError(f"'?' after '{kind}'")
            text += "?"
        if self._source[self._position : self._position + 1] in {"?", "*", "+"}:
            raise UnsupportedError(f"one quantifier after another at {self._position}")
        return _Part(text, part.width * least, repeats=repeats)

    def _group_atomic(self, text: str) -> str:
        self._atomic += 1  # Python has atomic groups since 3.11
        return f"(?:(?=(?P<a{self._atomic}>{text}))(?P=a{self._atomic}))"

    def _atom(self) -> _Part:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set(self._class())
        if character == ".":
            return _Part(render(complement([(10, 10)], self._limit), self._limit), 1)
        if character in "^$":
            return _Part(_ANCHORS[character], 0)
        if character == "\\":
            return self._escape()
        if character in "*+?":
            raise UnsupportedError(f"'{character}' at {self._position - 1} repeats nothing")
        return self._set([(ord(character), ord(character))])

    def _set(self, members: Ranges) -> _Part:
        if self._ignore_case:
            if members[-1][1] > ASCII:
                raise UnsupportedError("characters other than ASCII under (?i)")
            members = cased(members)
        return _Part(render(members, self._limit), 1)

    def _escape(self) -> _Part:
        character = self._next()
        if character in "AzZ":
            return _Part(_ANCHORS[character], 0)
        if character in "wW" and not self._ignore_case:
            members = union(word(self._limit), word_alone(self._limit))
            return self._set(complement(members, self._limit) if character == "W" else members)
        self._position -= 1
        return self._set(self._escaped_set())

    def _group(self) -> _Part:
        before = self._ignore_case
        kind = re.compile(r"\?(?::|i:|-i:|>|=|!|<=|<!)|(?!\?)").match(self._source, self._position)
        if not kind:
            raise UnsupportedError(f"the group at {self._position - 1}")
        self._position = kind.end()
        if kind[0] in {"?i:", "?-i:"}:
            self._ignore_case = kind[0] == "?i:"
        part = self._alternatives()
        self._ignore_case = before
        if not self._take(")"):
            raise UnsupportedError("a group has no end")
        if kind[0] == "?>":
            return _Part(self._group_atomic(part.text), part.width)
        if kind[0] in {"?=", "?!", "?<=", "?<!"}:
            return _Part(f"({kind[0]}{part.text})", 0, repeats=part.repeats)
        return _Part(f"(?:{part.text})", part.width, repeats=part.repeats)

    def _class(self) -> Ranges:
        negated = self._take("^")
        if negated and self._ignore_case:
            raise UnsupportedError("a negated class under (?i)")
        members: Ranges = []
        first = True
        while first or not self._take("]"):
            if self._peek("&&") or self._peek("[:") or (first and self._peek("]")):
                raise UnsupportedError(f"{self._source[self._position : self._position + 2]!r} in a class")
            first = False
            members = union(members, self._member())
        return complement(members, self._limit) if negated else members

    def _member(self) -> Ranges:
        if self._take("["):
            return self._class()
        found = self._escaped_set() if self._take("\\") else [(ord(self._next()),) * 2]
        if not self._peek("-") or self._peek("-]"):
            return found
        self._position += 1
        last = self._escaped_set() if self._take("\\") else [(ord(self._next()),) * 2]
        if len(found) != 1 or len(last) != 1 or found[0][0] != found[0][1] or last[0][0] != last[0][1]:
            raise UnsupportedError(f"a range of more than characters before {self._position}")
        return [(found[0][0], last[0][0])]

    def _named(self, kind: str) -> Ranges:
        if kind == "s":
            return space(self._limit)
        return word(self._limit) if kind == "w" else digit(self._limit)

    def _escaped_set(self) -> Ranges:
        kind = self._next()
        if kind in "pPsSdDwW" and self._ignore_case:
            raise UnsupportedError(f"'\\{kind}' under (?i)")
        if kind in "pP":
            name = re.compile(r"\{(\^?)(\w+)\}").match(self._source, self._position)
            members = category(name[2], self._limit) if name else None
            if not name or members is None:
                raise UnsupportedError(f"the property at {self._position}")
            self._position = name.end()
            return complement(members, self._limit) if (kind == "P") != bool(name[1]) else members
        if kind in "sSwWdD":
            members = self._named(kind.lower())
            return complement(members, self._limit) if kind.isupper() else members
        if kind in "xu":
            number = re.compile(r"(?<=x)\{([0-9A-Fa-f]{1,6})\}|(?<=x)([0-9A-Fa-f]{2})|(?<=u)([0-9A-Fa-f]{4})").match(
                self._source, self._position
            )
            if number:
                self._position = number.end()
                code = int(number[1] or number[2] or number[3], 16)
                return [(code, code)]
        character = _CONTROLS.get(kind, kind)
        if character.isalnum() or character > "\x7f":
            raise UnsupportedError(f"'\\{kind}'")
        return [(ord(character), ord(character))]
