"""Rewriting marshalled code from version 2 to version 4, which is smaller and faster to load, deterministically.

Version 4 has back references to objects that occurred before, but CPython decides by reference counts which objects get
one, so the bytes depend on what else was imported. Version 2 has none and is deterministic. This module parses it and
writes version 4 with a back reference wherever an object's encoding occurs a second time. Formats: CPython 3.13,
Python/marshal.c.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import NamedTuple

_SIZE = struct.Struct("<I")
_LONG_DIGITS = struct.Struct("<i")
_FLAG = 0x80  # FLAG_REF: later objects may refer back to this one
_REFERENCE = b"r"

# Types of a fixed length after the type's byte: None, False, True, StopIteration, Ellipsis, int, float, complex.
_FIXED = {"N": 0, "F": 0, "T": 0, "S": 0, ".": 0, "i": 4, "g": 8, "y": 16}
_SEQUENCES = "(<>["  # tuple, set, frozenset, list
_COUNTS = 5  # 4-byte numbers at the start of a code object
_BEFORE_LINE, _AFTER_LINE = 8, 2  # numbers of its objects before and after the number of its first line

_LONGEST_REFERENCE = 5  # bytes of a reference: for an object that is no longer, none is written
_IDENTIFIER = re.compile(rb"[A-Za-z0-9_]+")  # the strings that CPython interns when it makes a code object


class _Node(NamedTuple):
    """An object in the data, as a range; `inner` has the elements of a sequence, or the objects of a code object."""

    kind: str
    start: int
    end: int
    inner: tuple[_Node, ...] = ()


def rewrite(data: bytes) -> bytes:
    """Rewrite one marshalled object from version 2 to version 4.

    Raises:
        ValueError: the data is truncated, too long, or has a type that does not occur in code objects.
    """
    try:
        node = _read(data, 0)
    except (IndexError, struct.error):
        raise ValueError("the marshalled data ends too early") from None
    if node.end != len(data):
        raise ValueError(f"the marshalled data goes on after its end at {node.end}")
    return _Writer(data, node).written()


def _read(data: bytes, start: int) -> _Node:
    kind, at = chr(data[start]), start + 1
    if kind in _FIXED:
        return _Node(kind, start, at + _FIXED[kind])
    if kind == "c":
        inner, at = _read_several(data, at + 4 * _COUNTS, _BEFORE_LINE)
        last, at = _read_several(data, at + 4, _AFTER_LINE)
        return _Node(kind, start, at, (*inner, *last))
    (size,) = _SIZE.unpack_from(data, at)
    if kind in ("s", "u"):
        return _Node(kind, start, at + 4 + size)
    if kind == "l":
        (digits,) = _LONG_DIGITS.unpack_from(data, at)
        return _Node(kind, start, at + 4 + 2 * abs(digits))
    if kind not in _SEQUENCES:
        raise ValueError(f"marshal type {kind!r} has no place in code")
    inner, at = _read_several(data, at + 4, size)
    return _Node(kind, start, at, inner)


def _read_several(data: bytes, at: int, count: int) -> tuple[tuple[_Node, ...], int]:
    nodes = []
    for _ in range(count):
        nodes.append(_read(data, at))
        at = nodes[-1].end
    return tuple(nodes), at


class _Writer:
    def __init__(self, data: bytes, node: _Node) -> None:
        self._data = data
        self._node = node
        self._times: Counter[bytes] = Counter()
        self._numbers: dict[bytes, int] = {}
        self._out = bytearray()

    def written(self) -> bytes:
        self._count(self._node)
        self._write(self._node)
        return bytes(self._out)

    def _count(self, node: _Node) -> None:
        self._times[self._data[node.start : node.end]] += 1
        for inner in node.inner:
            self._count(inner)

    def _write(self, node: _Node) -> None:
        said = self._data[node.start : node.end]
        if said in self._numbers:
            self._out += _REFERENCE + _SIZE.pack(self._numbers[said])
            return
        head = bytearray(self._head(node))
        # Code objects are mutable in effect (caches, specialization), so equal ones stay separate objects.
        if self._times[said] > 1 and len(said) > _LONGEST_REFERENCE and node.kind != "c":
            self._numbers[said] = len(self._numbers)
            head[0] |= _FLAG
        self._out += head
        if node.kind == "c":
            for inner in node.inner[:_BEFORE_LINE]:
                self._write(inner)
            line = node.inner[_BEFORE_LINE - 1].end
            self._out += self._data[line : line + 4]
            for inner in node.inner[_BEFORE_LINE:]:
                self._write(inner)
        else:
            for inner in node.inner:
                self._write(inner)

    def _head(self, node: _Node) -> bytes:
        """The encoding of an object up to its inner objects; all of it if it has none."""
        said = self._data[node.start : node.end]
        if node.kind == "u" and said.isascii():
            text, short = said[5:], len(said) - 5 < 256
            interned = _IDENTIFIER.fullmatch(text)
            kind = (b"Z" if interned else b"z") if short else (b"A" if interned else b"a")
            return kind + (bytes([len(text)]) if short else _SIZE.pack(len(text))) + text
        if node.kind == "(" and len(node.inner) < 256:
            return b")" + bytes([len(node.inner)])
        if node.kind == "c":
            return said[: 1 + 4 * _COUNTS]
        return said[:5] if node.kind in _SEQUENCES else said
