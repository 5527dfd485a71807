"""An append-only log: Merkle tree and inclusion proofs (RFC 6962, section 2.1), checkpoints (C2SP signed note)."""

from __future__ import annotations

import threading
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from support.sigstore_instance.encoding import b64, public_key, sha256

_ED25519 = b"\x01"  # the signature type in a signed note's key id


class Inclusion(NamedTuple):
    """Where an entry stands in the log, and the proof that it does."""

    position: int
    size: int
    root: bytes
    hashes: list[bytes]
    checkpoint: str


class Log:
    """A log that signs with EC P-256, as Rekor v1 does, or Ed25519, as Rekor v2.

    Go clients leave "logIndex" out where it is 0, and sigstore-python refuses what has none: a filler is logged first.
    """

    def __init__(self, origin: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
        self.origin = origin
        self.key = key
        self._leaves = [sha256(b"\0filler")]
        self._lock = threading.Lock()
        if isinstance(key, ed25519.Ed25519PrivateKey):
            raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            self.id = sha256(origin.encode() + b"\n" + _ED25519 + raw)
        else:
            self.id = sha256(public_key(key))

    def sign(self, message: bytes) -> bytes:
        """A signature by the log."""
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(message)
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    def append(self, body: bytes) -> Inclusion:
        """Log an entry."""
        with self._lock:
            self._leaves.append(sha256(b"\0" + body))
            leaves = list(self._leaves)
        index, root = len(leaves) - 1, _root(leaves)
        note = f"{self.origin}\n{len(leaves)}\n{b64(root)}\n"
        signature = b64(self.id[:4] + self.sign(note.encode()))
        checkpoint = f"{note}\n\u2014 {self.origin.split(' ')[0]} {signature}\n"
        return Inclusion(index, len(leaves), root, _path(index, leaves), checkpoint)


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return sha256(b"\1" + _root(leaves[:middle]) + _root(leaves[middle:]))


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*_path(index, leaves[:middle]), _root(leaves[middle:])]
    return [*_path(index - middle, leaves[middle:]), _root(leaves[:middle])]
