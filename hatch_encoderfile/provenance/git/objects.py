"""Objects by their ids, loose and packed. What is read is hashed again: a store may hold anything under a name."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from hatch_encoderfile.files.limits import GIT_DELTA

from .delta import Inflated, apply
from .folder import GitError
from .pack import FOLDER, Pack

if TYPE_CHECKING:
    from .folder import GitFolder

_MOST_PACKS = 512
_DEEPEST = 4095  # what `git pack-objects --depth` allows
# What reading may cost in all, in bytes; that of an instruction of a delta or an index that is opened is put in the same terms.
_BUDGET = 1 << 29
_PER_DELTA_BYTE = 32
_PER_PACK = 1 << 12
_HEAD = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})\x00")
_LONGEST_HEAD = 32


class ObjectStore:
    """The objects of a repository."""

    def __init__(self, folder: GitFolder, algorithm: str) -> None:
        """Of the git directory that holds `objects`; `algorithm` is sha1 or sha256."""
        self.algorithm = algorithm
        self.id_size = hashlib.new(algorithm, usedforsecurity=False).digest_size
        self._folder = folder
        self._packs: list[Pack] | None = None
        self._left = _BUDGET

    def read(self, name: str, kind: str, largest: int) -> bytes:
        """An object of at most that many bytes.

        Raises:
            GitError: it is not there, of another kind, larger, or not what its name says.
        """
        found = self._loose(name, largest) or self._packed(name, largest)
        if found is None:
            raise self._missing(kind, name)
        if found[0] != kind:
            raise GitError(f"{kind} {name}: is a {found[0]}")
        if self.blob_hash(len(found[1]), kind, found[1]).hexdigest() != name:
            raise GitError(f"{kind} {name}: its bytes are not those of that name")
        return found[1]

    def size(self, name: str) -> int | None:
        """The length that an object says it has; None where it is not there, as in a partial clone.

        Raises:
            GitError: the store is broken.
        """
        with self._folder.open(_loose_path(name)) as file:
            if file:
                return _head(Inflated(file, _LONGEST_HEAD), name)[1]
        place = self._place(name)
        return place[0].size(place[1], GIT_DELTA.size) if place else None

    def blob_hash(self, length: int, kind: str = "blob", data: bytes = b"") -> hashlib._Hash:
        """The hash of an object of that length, which is to be given the rest of its bytes."""
        return hashlib.new(self.algorithm, b"%s %d\0" % (kind.encode(), length) + data, usedforsecurity=False)

    def _loose(self, name: str, largest: int) -> tuple[str, bytes] | None:
        with self._folder.open(_loose_path(name)) as file:
            if file is None:
                return None
            stream = Inflated(file, largest + _LONGEST_HEAD)
            kind, length, begun = _head(stream, name)
            if not len(begun) <= length <= largest:
                raise GitError(f"{kind} {name}: says it is {length} bytes long, expected {len(begun)} to {largest}")
            self._spend(length)
            return kind, begun + stream.exactly(length - len(begun))

    def _packed(self, name: str, largest: int) -> tuple[str, bytes] | None:
        place = self._place(name)
        if place is None:
            return None
        pack, offset = place
        deltas: list[bytes] = []
        piece = pack.read(offset, max(largest, GIT_DELTA.size))
        while not piece.kind:
            if len(piece.data) > GIT_DELTA.size or len(deltas) == _DEEPEST:
                raise GitError(f"object {name}: is made of deltas that are too long or too many")
            self._spend(len(piece.data) * _PER_DELTA_BYTE)
            deltas.append(piece.data)
            self._spend(_PER_PACK)
            piece = pack.read(piece.base, max(largest, GIT_DELTA.size))
        data = piece.data
        self._spend(len(data))
        for delta in reversed(deltas):
            data = apply(data, delta, largest)
            self._spend(len(data))
        if len(data) > largest:
            raise GitError(f"object {name}: is larger than {largest} bytes")
        return piece.kind, data

    def _place(self, name: str) -> tuple[Pack, int] | None:
        if self._packs is None:
            names = [file for file in self._folder.names(FOLDER, 8 * _MOST_PACKS) if file.endswith(".idx")]
            if len(names) > _MOST_PACKS:
                raise GitError(f"{FOLDER}: has more than {_MOST_PACKS} packs: run `git gc`")
            self._packs = [Pack(self._folder, file.removesuffix(".idx"), self.id_size) for file in names]
        for pack in self._packs:
            self._spend(_PER_PACK)
            offset = pack.offset(bytes.fromhex(name))
            if offset is not None:
                return pack, offset
        return None

    def _missing(self, kind: str, name: str) -> GitError:
        alternates = self._folder.read("objects/info/alternates", 1 << 16)
        hint = ", and alternates (`git clone --shared`, `--reference`) are not followed" if alternates else ""
        return GitError(f"{kind} {name}: is not in the repository{hint}")

    def _spend(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise GitError("reading the repository takes more than any honest one does")


def _loose_path(name: str) -> str:
    return f"objects/{name[:2]}/{name[2:]}"


def _head(stream: Inflated, name: str) -> tuple[str, int, bytes]:
    """The kind and length of a loose object, and what follows its head already."""
    begun = stream.read(_LONGEST_HEAD)
    found = _HEAD.match(begun)
    if not found:
        raise GitError(f"object {name}: has no head of a loose object")
    return found[1].decode(), int(found[2]), begun[found.end() :]
