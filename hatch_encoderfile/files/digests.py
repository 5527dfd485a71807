"""SHA-256, and SHA-512 beside it, in threads of their own: hashing is most of the time that a build takes."""

from __future__ import annotations

import hashlib
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from .background import Task
from .blob import FileRange, gathered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

    from .blob import Blob


class Digests(NamedTuple):
    """Two digests of the same bytes: what the manifest records, and what SBOM guidelines ask for besides."""

    sha256: bytes
    sha512: bytes


UNKNOWN = Digests(bytes(32), bytes(64))


class Hasher:
    """Computes both digests piece by piece: SHA-512, which takes longer, in a thread beside the caller's.

    A piece has to stay as it is until the next one has been taken, as those of a `Blob` do.
    """

    def __init__(self, another: hashlib._Hash | None = None) -> None:
        """`another` hash takes the same pieces in the caller's thread, which has the shorter of the two to compute."""
        self._another = another
        self._sha256, self._sha512 = hashlib.sha256(), hashlib.sha512()
        self._pieces: SimpleQueue[bytes | memoryview | None] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._beside: Task[None] | None = None
        self._is_first = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pieces.put(None)

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece."""
        self._pieces.put(piece)
        if not self._is_first and self._beside is None:
            self._beside = Task(self._update_beside)
        self._sha256.update(piece)
        if self._another:
            self._another.update(piece)
        if not self._is_first:
            self._done.get()  # the piece before this one
        self._is_first = False

    def digests(self) -> Digests:
        """The digests of all pieces; there are no more."""
        self._pieces.put(None)
        if self._beside is None:
            self._update_beside()
        else:
            self._beside.result()
        return Digests(self._sha256.digest(), self._sha512.digest())

    def _update_beside(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._sha512.update(piece)
            self._done.put(None)


class FollowingHasher:
    """Computes both digests of a file while it is written from its start to its end, by reading what is there already."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length = 0
        self._is_given_up = False
        self._ends: SimpleQueue[int | None] = SimpleQueue()
        self._digests = Task(self._follow)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_given_up = True
        self._ends.put(None)
        self._digests.wait()  # the file is not open any more

    def more(self, count: int) -> None:
        """There are so many bytes more in the file."""
        self._length += count
        self._ends.put(self._length)

    def digests(self) -> Digests:
        """The digests of all that was written.

        Raises:
            EncoderfileError: the file is shorter.
        """
        self._ends.put(None)
        return self._digests.result()

    def _follow(self) -> Digests:
        with Hasher() as hasher:
            for chunk in gathered(self._ranges()):
                if self._is_given_up:
                    break
                hasher.update(chunk)
            return hasher.digests()

    def _ranges(self) -> Iterator[FileRange]:
        start = 0
        while (end := self._ends.get()) is not None:
            yield FileRange(self._path, start, end - start)
            start = end


def sha256_of(blob: Blob) -> bytes:
    """The SHA-256 of all of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    digest = hashlib.sha256()
    for chunk in blob.chunks():
        digest.update(chunk)
    return digest.digest()


def digests_of(blob: Blob) -> Digests:
    """Both digests of all of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    with Hasher() as hasher:
        for chunk in blob.chunks():
            hasher.update(chunk)
        return hasher.digests()
