"""SHA-256, and SHA-512 beside it, in threads of their own: hashing is most of the time that a build takes."""

from __future__ import annotations

import hashlib
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.files import opened

from .background import Task
from .blob import FileRange, gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import Self

    from .blob import Blob


class Digests(NamedTuple):
    """Two digests of the same bytes: what the manifest records, and what SBOM guidelines ask for besides."""

    sha256: bytes
    sha512: bytes


UNKNOWN = Digests(bytes(32), bytes(64))


class HashBeside:
    """One hash in a thread of its own; with a free core, hashing a file for a second digest takes no more time."""

    def __init__(self, algorithm: Callable[[], hashlib._Hash] = hashlib.sha256, behind: int = 1) -> None:
        """Take no pieces yet.

        Args:
            algorithm: makes the hash.
            behind: how many of the last pieces may still be hashed when `update` returns; they have to stay as they are for so long.
        """
        self._hash = algorithm()
        self._behind = behind
        self._pieces: SimpleQueue[bytes | memoryview | None] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._left = 0
        self._thread: Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pieces.put(None)

    def update(self, piece: bytes | memoryview, /) -> None:
        """Take the next piece; it is hashed soon."""
        self._pieces.put(piece)
        self._left += 1
        if self._thread is None and self._left > 1:  # what is small comes in one piece, and needs no thread
            self._thread = Task(self._run)
        if self._left > self._behind:
            self._done.get()
            self._left -= 1

    def digest(self) -> bytes:
        """The digest of all pieces; there are no more."""
        self._pieces.put(None)
        if self._thread is None:
            self._run()
        else:
            self._thread.result()
        return self._hash.digest()

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._hash.update(piece)
            self._done.put(None)


class Hasher:
    """Computes both digests piece by piece: SHA-512, which takes longer, in a thread beside the caller's.

    A piece has to stay as it is until the next one has been taken, as those of a `Blob` do.
    """

    def __init__(self, another: hashlib._Hash | None = None) -> None:
        """`another` hash takes the same pieces in the caller's thread, which has the shorter of the two to compute."""
        self._another = another
        self._sha256, self._sha512 = hashlib.sha256(), HashBeside(hashlib.sha512)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exit_: object) -> None:
        self._sha512.__exit__(*exit_)

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece."""
        self._sha512.update(piece)
        self._sha256.update(piece)
        if self._another:
            self._another.update(piece)

    def digests(self) -> Digests:
        """The digests of all pieces; there are no more."""
        return Digests(self._sha256.digest(), self._sha512.digest())


class FollowingHasher:
    """Computes both digests of a file while it is written from its start to its end, by reading what is there already."""

    def __init__(self, path: Path) -> None:
        self._file = opened(str(path))
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
            yield FileRange(self._file, start, end - start)
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
