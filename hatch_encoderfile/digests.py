"""SHA-256, and SHA-512 beside it, of bytes that are read once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .blob import Blob


class Digests(NamedTuple):
    """Two digests of the same bytes: what the manifest records, and what SBOM guidelines ask for besides."""

    sha256: bytes
    sha512: bytes


UNKNOWN = Digests(bytes(32), bytes(64))


class Hasher:
    """Computes both digests, piece by piece."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()

    def update(self, data: bytes | memoryview) -> None:
        """Take in more bytes."""
        self._sha256.update(data)
        self._sha512.update(data)

    def digests(self) -> Digests:
        """The digests of all bytes so far."""
        return Digests(self._sha256.digest(), self._sha512.digest())


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
    """The digests of all of a blob.

    Raises:
        EncoderfileError: the blob cannot be read.
    """
    hasher = Hasher()
    for chunk in blob.chunks():
        hasher.update(chunk)
    return hasher.digests()
