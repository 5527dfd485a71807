"""SHA-256, and SHA-512 beside it, in threads of their own: hashing is most of the time that a build takes."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self

    from .blob import Blob


class Digests(NamedTuple):
    """Two digests of the same bytes: what the manifest records, and what SBOM guidelines ask for besides."""

    sha256: bytes
    sha512: bytes


UNKNOWN = Digests(bytes(32), bytes(64))


class Hasher:
    """Computes both digests piece by piece, while the caller does something else with the piece."""

    def __init__(self) -> None:
        self._hashes = (hashlib.sha256(), hashlib.sha512())
        self._pool = ThreadPoolExecutor(len(self._hashes), "hash")
        self._running: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def start(self, data: bytes | memoryview) -> None:
        """Begin to hash a piece, which has to stay as it is until `wait`."""
        self._running = [self._pool.submit(item.update, data) for item in self._hashes]

    def wait(self) -> None:
        """Wait for the piece that was begun."""
        for future in self._running:
            future.result()

    def digests(self) -> Digests:
        """The digests of all pieces."""
        return Digests(*(item.digest() for item in self._hashes))


def sha256_of(blob: Blob) -> bytes:
    """The SHA-256 of all of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    return _digest(blob, "sha256")


def digests_of(blob: Blob) -> Digests:
    """The digests of all of a blob, which is read by two threads.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    with ThreadPoolExecutor(2, "hash") as pool:
        return Digests(*pool.map(_digest, (blob, blob), ("sha256", "sha512")))


def _digest(blob: Blob, name: str) -> bytes:
    digest = hashlib.new(name)
    for chunk in blob.chunks():
        digest.update(chunk)
    return digest.digest()
