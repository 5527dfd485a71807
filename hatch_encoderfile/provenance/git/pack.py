"""Packs and their indexes, versions 1 and 2 (gitformat-pack(5)): only the bytes on the way to an object are read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from .delta import Inflated, sizes
from .folder import GitError

if TYPE_CHECKING:
    from io import BufferedReader

    from .folder import GitFolder

FOLDER = "objects/pack"
_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_FANOUT = 256 * 4
_FAR = 1 << 31
_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_BY_OFFSET, _BY_ID = 6, 7
_LONGEST_NUMBER = 10  # bytes of seven bits
_DELTA_HEAD = 20


class Piece(NamedTuple):
    """An object of a pack, or the delta that makes it.

    Attributes:
        kind: commit, tree, blob or tag; empty for a delta.
        data: the object's bytes, or the delta's.
        base: where in the pack the delta's base is.
    """

    kind: str
    data: bytes
    base: int = 0


class Pack:
    """One pack, by its name without extension."""

    def __init__(self, folder: GitFolder, name: str, id_size: int) -> None:
        """`id_size` is the length of an object's id in bytes."""
        self._folder, self._name, self._id_size = folder, f"{FOLDER}/{name}", id_size

    def offset(self, wanted: bytes) -> int | None:
        """Where in the pack an object is; None where it is not.

        Raises:
            GitError: the index is broken or of another version.
        """
        with self._folder.open(f"{self._name}.idx") as file:
            if file is None:
                return None
            return _Index(file, f"{self._name}.idx", self._id_size).find(wanted)

    def size(self, offset: int, largest: int) -> int:
        """The length of an object, of which no more than its head is read.

        Raises:
            GitError: the pack is broken.
        """
        with self._open() as file:
            number, length, _ = self._head(file, offset)
            if number in _TYPES:
                return length
            return sizes(Inflated(file, largest).read(_DELTA_HEAD))[1]

    def read(self, offset: int, largest: int) -> Piece:
        """An object, or a delta.

        Raises:
            GitError: the pack is broken, or it is larger than `largest`.
        """
        with self._open() as file:
            number, length, base = self._head(file, offset)
            if length > largest:
                raise GitError(f"{self._name}.pack: an object of {length} bytes is larger than {largest}")
            return Piece(_TYPES.get(number, ""), Inflated(file, length).exactly(length), base)

    def _open(self) -> _Opened:
        return _Opened(self._folder, f"{self._name}.pack")

    def _head(self, file: BufferedReader, offset: int) -> tuple[int, int, int]:
        """The number of its type, its length, and where its base is if it is a delta; the file then stands at the stream."""
        file.seek(offset)
        byte = self._byte(file)
        number, length, shift = byte >> 4 & 7, byte & 15, 4
        for _ in range(_LONGEST_NUMBER):
            if byte < 0x80:
                break
            byte = self._byte(file)
            length |= (byte & 0x7F) << shift
            shift += 7
        base: int | None = 0
        if number == _BY_OFFSET:
            distance = self._distance(file)
            base = offset - distance if distance else None
        elif number == _BY_ID:
            base = self.offset(file.read(self._id_size))  # a pack on disk is complete
        elif number not in _TYPES:
            raise GitError(f"{self._name}.pack: an object of the unknown type {number}")
        if byte >= 0x80 or base is None or base < 0:
            raise GitError(f"{self._name}.pack: the head of an object at offset {offset} is broken")
        return number, length, base

    def _distance(self, file: BufferedReader) -> int:
        """How far before a delta its base is; 0, which no base is, where the number does not end."""
        byte = self._byte(file)
        value = byte & 0x7F
        for _ in range(_LONGEST_NUMBER):
            if byte < 0x80:
                return value
            byte = self._byte(file)
            value = (value + 1) << 7 | byte & 0x7F
        return 0

    def _byte(self, file: BufferedReader) -> int:
        data = file.read(1)
        if not data:
            raise GitError(f"{self._name}.pack: ends in the head of an object")
        return data[0]


class _Opened:
    """A pack's file while it is read; its first bytes are checked."""

    def __init__(self, folder: GitFolder, name: str) -> None:
        self._name, self._context = name, folder.open(name)

    def __enter__(self) -> BufferedReader:
        file = self._context.__enter__()
        head = file.read(8) if file else b""
        if file is None or head[:4] != b"PACK" or head[4:] not in (b"\0\0\0\2", b"\0\0\0\3"):
            self._context.__exit__(None, None, None)
            raise GitError(f"{self._name}: expected a pack of version 2 or 3")
        return file

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)


class _Index:
    def __init__(self, file: BufferedReader, name: str, id_size: int) -> None:
        self._file, self._name, self._id_size = file, name, id_size
        head = self._at(0, 8)
        self._is_first = head[:4] != _MAGIC[:4]
        if not self._is_first and head != _MAGIC:
            raise self._broken()
        # Version 1: each offset stands before its id. Version 2: a table of ids, one of checksums, one of offsets.
        self._ids = _FANOUT + 4 if self._is_first else 8 + _FANOUT
        self._step = id_size + 4 if self._is_first else id_size
        self._count = self._number(self._ids - 4 - 4 * self._is_first)
        each = id_size + (4 if self._is_first else 8)
        if self._ids + self._count * each > os.fstat(file.fileno()).st_size:
            raise self._broken()

    def find(self, wanted: bytes) -> int | None:
        fanout = 0 if self._is_first else 8
        first = self._number(fanout + 4 * (wanted[0] - 1)) if wanted[0] else 0
        last = self._number(fanout + 4 * wanted[0])
        if not first <= last <= self._count:
            raise self._broken()
        while first < last:
            middle = (first + last) // 2
            found = self._at(self._ids + middle * self._step, self._id_size)
            if found == wanted:
                return self._offset(middle)
            first, last = (middle + 1, last) if found < wanted else (first, middle)
        return None

    def _offset(self, index: int) -> int:
        if self._is_first:
            return self._number(self._ids + index * self._step - 4)
        offsets = self._ids + self._count * (self._id_size + 4)
        near = self._number(offsets + 4 * index)
        if near < _FAR:
            return near
        far = offsets + 4 * self._count + 8 * (near - _FAR)
        value = int.from_bytes(self._at(far, 8), "big")
        if value >= 1 << 63:
            raise self._broken()
        return value

    def _number(self, position: int) -> int:
        return int.from_bytes(self._at(position, 4), "big")

    def _at(self, position: int, count: int) -> bytes:
        self._file.seek(position)
        data = self._file.read(count)
        if len(data) != count:
            raise self._broken()
        return data

    def _broken(self) -> GitError:
        return GitError(f"{self._name}: is no index of a pack, version 1 or 2")
