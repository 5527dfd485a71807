"""Computing SHA-256 and SHA-512 in parallel threads: hashing takes most of a build's time."""

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
    """Two digests of the same bytes.

    Attributes:
        sha256: for the manifest and the SBOM.
        sha512: which SBOM guidelines require for files that are distributed by themselves; empty for parts of a file.
    """

    sha256: bytes
    sha512: bytes = b""


UNKNOWN = Digests(bytes(32), bytes(64))


class HashBeside:
    """A hash that is computed in a thread of its own (hashlib releases the interpreter lock)."""

    def __init__(self, algorithm: Callable[[], hashlib._Hash] = hashlib.sha256, behind: int = 1) -> None:
        """Make the hash; the thread starts with the second piece.

        Args:
            algorithm: the constructor of the hash.
            behind: number of last pieces that may be unhashed when `update` returns; the caller must not change these.
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
        """Queue the next piece, and wait until no more than `behind` are unhashed."""
        self._pieces.put(piece)
        self._left += 1
        if self._thread is None and self._left > 1:  # small data comes in one piece, for which a thread does not pay
            self._thread = Task(self._run)
        if self._left > self._behind:
            self._done.get()
            self._left -= 1

    def digest(self) -> bytes:
        """The digest of all pieces; `update` must not be called afterwards."""
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
    """Computes digests: SHA-256 in the caller's thread, and SHA-512, which takes longer, in another one.

    A piece must not change until the next one was taken, as is the case with the chunks of a `Blob`.
    """

    def __init__(self, another: hashlib._Hash | None = None, *, sha512: bool = True) -> None:
        """Make the hashes.

        Args:
            another: a hash to update with the same pieces, in the caller's thread.
            sha512: whether to compute SHA-512.
        """
        self._another = another
        self._sha256 = hashlib.sha256()
        self._sha512 = HashBeside(hashlib.sha512) if sha512 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exit_: object) -> None:
        if self._sha512:
            self._sha512.__exit__(*exit_)

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece."""
        if self._sha512:
            self._sha512.update(piece)
        self._sha256.update(piece)
        if self._another:
            self._another.update(piece)

    def digests(self) -> Digests:
        """The digests of all pieces; `update` must not be called afterwards."""
        return Digests(self._sha256.digest(), self._sha512.digest() if self._sha512 else b"")


class FollowingHasher:
    """Computes both digests of a file while it is being written sequentially, by reading the part that is there."""

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
        self._digests.wait()  # afterwards the file is closed, and can be removed on Windows too

    def more(self, count: int) -> None:
        """Report that `count` more bytes were written."""
        self._length += count
        self._ends.put(self._length)

    def digests(self) -> Digests:
        """The digests of all bytes that were reported.

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
    """The SHA-256 of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    digest = hashlib.sha256()
    for chunk in blob.chunks():
        digest.update(chunk)
    return digest.digest()


def digests_of(blob: Blob) -> Digests:
    """Both digests of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    with Hasher() as hasher:
        for chunk in blob.chunks():
            hasher.update(chunk)
        return hasher.digests()
