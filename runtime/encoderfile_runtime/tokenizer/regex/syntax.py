"""A parser of Oniguruma's syntax (https://github.com/kkos/oniguruma/blob/master/doc/RE), where it can be matched exactly.

Character classes are those of the `tokenizers` library. An expression or a repeated part that can match the empty
string is refused: engines differ in how they handle empty matches.
"""

from __future__ import annotations

import re

from .ranges import ASCII, Ranges, cased, category, complement, digit, space, union, word, word_alone
from .tree import Alternatives, Anchor, Atomic, Characters, Concatenation, Look, Node, Repeat, UnsupportedError

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_QUANTIFIER = re.compile(r"[?*+]|\{(\d+)(,?)(\d*)\}|\{,(\d+)\}")
_SIMPLE = {"?": (0, 1), "*": (0, None), "+": (1, None)}
# Sequences of letters that (?i) also matches as one character (full case folding): U+00DF and U+FB00 to U+FB06.
_FOLDED = ("ss", "ff", "fi", "fl", "st")
_MAX_REPEAT = 100_000  # ONIG_MAX_REPEAT_NUM in Oniguruma
_MAX_DEPTH = 60  # of groups and classes: each level takes several frames of Python's stack
_MAX_LENGTH = 100_000  # characters of an expression
_MAX_CLASSES = 1000  # each may have hundreds of ranges


def parse(source: str, limit: int) -> Node:
    """Parse a regular expression into its tree, with classes up to the code point `limit`.

    Raises:
        UnsupportedError: it is invalid, or has a part that is not supported.
    """
    if len(source) > _MAX_LENGTH:
        raise UnsupportedError(f"it has {len(source)} characters, at most {_MAX_LENGTH} are read")
    return _Parser(source, limit).whole()


class _Parser:
    """A recursive descent parser."""

    def __init__(self, source: str, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._position = 0
        self._depth = 0
        self._classes = 0
        self._ignore_case = False

    def whole(self) -> Node:
        """The whole expression."""
        node = self._alternatives()
        if self._position < len(self._source):
            raise UnsupportedError(f"')' at {self._position} closes nothing")
        if not node.least:
            raise UnsupportedError("it can match the empty string")
        return node

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

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnsupportedError("it is nested too deep")

    def _alternatives(self) -> Node:
        branches = [self._concatenation()]
        while self._take("|"):
            branches.append(self._concatenation())
        return branches[0] if len(branches) == 1 else Alternatives(branches)

    def _concatenation(self) -> Node:
        parts = []
        start = self._position
        while self._position < len(self._source) and not self._peek("|") and not self._peek(")"):
            parts.append(self._quantified())
        # Tested on the source, so that letters in neighbouring atoms are seen together; errs towards refusing.
        if self._ignore_case and any(letters in self._source[start : self._position].lower() for letters in _FOLDED):
            raise UnsupportedError("letters under (?i) that one character may stand for")
        return parts[0] if len(parts) == 1 else Concatenation(parts)

    def _quantified(self) -> Node:
        node = self._atom()
        quantifier = _QUANTIFIER.match(self._source, self._position)
        if not quantifier:
            return node
        self._position = quantifier.end()
        kind = quantifier[0]
        if node.most == 0:
            raise UnsupportedError(f"'{kind[:20]}' after what matches no character")
        minimum, maximum = _SIMPLE[kind] if kind in _SIMPLE else _interval(quantifier)
        if maximum != 1 and not node.least:
            raise UnsupportedError(f"a part before {self._position} is repeated that may be empty")
        possessive = self._take("+")
        lazy = not possessive and self._take("?")
        # In Oniguruma's Ruby syntax, x{2}+ means (x{2})+ and x{2}? means (x{2})?; in Perl's, possessive and lazy.
        if kind not in _SIMPLE and (possessive or lazy):
            raise UnsupportedError(f"'{'+' if possessive else '?'}' after '{kind}'")
        if _QUANTIFIER.match(self._source, self._position):
            raise UnsupportedError(f"one quantifier after another at {self._position}")
        repeat = Repeat(node, minimum, maximum, lazy=lazy)
        return Atomic(repeat) if possessive else repeat

    def _atom(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set(self._class())
        if character == ".":
            return Characters(complement([(10, 10)], self._limit))  # any character but a newline
        if character in "^$":
            return Anchor(character)
        if character == "\\":
            return self._escape()
        if character in "*+?":
            raise UnsupportedError(f"'{character}' at {self._position - 1} repeats nothing")
        return self._set([(ord(character), ord(character))])

    def _set(self, members: Ranges) -> Node:
        if self._ignore_case:
            if members[-1][1] > ASCII:
                raise UnsupportedError("characters other than ASCII under (?i)")
            members = cased(members)
        return Characters(members)

    def _escape(self) -> Node:
        character = self._next()
        if character in "AzZ":
            return Anchor(character)
        if character in "wW" and not self._ignore_case:
            self._count_class()
            members = union(word(self._limit), word_alone(self._limit))  # outside a class it matches more than in one
            return self._set(complement(members, self._limit) if character == "W" else members)
        self._position -= 1
        return self._set(self._escaped_set())

    def _group(self) -> Node:
        self._deeper()
        before = self._ignore_case
        kind = re.compile(r"\?(?::|i:|-i:|>|=|!|<=|<!)|(?!\?)").match(self._source, self._position)
        if not kind:
            raise UnsupportedError(f"the group at {self._position - 1}")
        self._position = kind.end()
        if kind[0] in {"?i:", "?-i:"}:
            self._ignore_case = kind[0] == "?i:"
        body = self._alternatives()
        self._ignore_case = before
        if not self._take(")"):
            raise UnsupportedError("a group has no end")
        self._depth -= 1
        if kind[0] == "?>":
            return Atomic(body)
        if kind[0] in {"?=", "?!", "?<=", "?<!"}:
            behind = "<" in kind[0]
            if behind and body.least != body.most:
                raise UnsupportedError("a look-behind that may be of several lengths")
            return Look(body, behind=behind, negated=kind[0].endswith("!"))
        return body

    def _class(self) -> Ranges:
        self._deeper()
        negated = self._take("^")
        if negated and self._ignore_case:
            raise UnsupportedError("a negated class under (?i)")
        members: Ranges = []
        parts: dict[int, Ranges] = {}
        first = True
        while first or not self._take("]"):
            if self._peek("&&") or self._peek("[:") or (first and self._peek("]")):
                raise UnsupportedError(f"{self._source[self._position : self._position + 2]!r} in a class")
            first = False
            part = self._member()
            if id(part) not in parts:  # categories are the same lists each time
                parts[id(part)] = part
                members += part
        self._depth -= 1
        self._count_class()
        members = union(members, [])
        return complement(members, self._limit) if negated else members

    def _count_class(self) -> None:
        self._classes += 1
        if self._classes > _MAX_CLASSES:
            raise UnsupportedError(f"it has more than {_MAX_CLASSES} classes and complements")

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
        if found[0][0] > last[0][0]:
            raise UnsupportedError(f"a range that ends before it begins, before {self._position}")
        return [(found[0][0], last[0][0])]

    def _named(self, kind: str) -> Ranges:
        if kind == "s":
            return space(self._limit)
        return word(self._limit) if kind == "w" else digit(self._limit)

    def _escaped_set(self) -> Ranges:
        kind = self._next()
        if kind in "pPsSdDwW" and self._ignore_case:
            raise UnsupportedError(f"'\\{kind}' under (?i)")
        if kind in "PSDW" or self._peek("{^"):
            self._count_class()
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


def _interval(quantifier: re.Match[str]) -> tuple[int, int | None]:
    """The numbers between braces."""
    least, comma, most, alone = quantifier.groups()
    if max(map(len, (least or "", most or "", alone or ""))) > len(str(_MAX_REPEAT)):
        raise UnsupportedError("the repetition number is too large")
    minimum = int(least or 0)
    maximum = int(alone or most or least) if alone or most or not comma else None
    if max(minimum, maximum or 0) > _MAX_REPEAT:
        raise UnsupportedError("the repetition number is too large")
    if maximum is not None and minimum > maximum:
        raise UnsupportedError("the minimum of a repetition is above its maximum")
    return minimum, maximum
