"""Signatures by a key of one's own, for places without a network: EC P-256 with SHA-256, in PEM.

The bundles are those of `cosign sign-blob --key`, without a transparency log.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files.limits import KEY

from . import bundles, intoto
from .errors import one_line, sigstore_extra

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

PASSWORD = "ENCODERFILE_KEY_PASSWORD"  # noqa: S105 - the variable's name


class KeySigner:
    """Signs with a private key."""

    def __init__(self, key: EllipticCurvePrivateKey) -> None:
        self._key = key
        self._hint = hint(key.public_key())

    @property
    def described(self) -> str:
        """Which key it is."""
        return f"key {fingerprint(self._key.public_key())}"

    @property
    def verify_with(self) -> str:
        """The options that a verifier gives."""
        return "--key PUBLIC_KEY"

    def message(self, sha256: bytes) -> bytes:
        """A bundle that signs the file with this SHA-256."""
        digest = {"algorithm": "SHA2_256", "digest": _b64(sha256)}
        return self._bundle({"messageSignature": {"messageDigest": digest, "signature": _b64(self._sign(sha256))}})

    def statement(self, statement: bytes) -> bytes:
        """A bundle that signs an in-toto Statement."""
        return self._bundle(self._envelope(statement))

    def model(self, statement: bytes) -> bytes:
        """A bundle as OpenSSF Model Signing wants it: it names a key by the SHA-256 of its PEM, in hex."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return self._bundle(self._envelope(statement), hashlib.sha256(pem).hexdigest())

    def _envelope(self, statement: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(pre_authentication(intoto.PAYLOAD_TYPE, statement)).digest()
        envelope = {
            "payload": _b64(statement),
            "payloadType": intoto.PAYLOAD_TYPE,
            "signatures": [{"sig": _b64(self._sign(digest))}],
        }
        return {"dsseEnvelope": envelope}

    def _sign(self, sha256: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._key.sign(sha256, ec.ECDSA(Prehashed(SHA256())))

    def _bundle(self, content: dict[str, Any], key_hint: str = "") -> bytes:
        material = {"publicKey": {"hint": key_hint or self._hint}}
        document = {"mediaType": bundles.MEDIA_TYPE, "verificationMaterial": material, **content}
        return json.dumps(document, separators=(",", ":")).encode()


def read_private(path: Path) -> EllipticCurvePrivateKey:
    """Read a private key; the password of an encrypted one is in the environment.

    Raises:
        UsageError: it cannot be read, or is no EC P-256 key.
    """
    with sigstore_extra():
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    password = os.environ.get(PASSWORD, "").encode() or None
    try:
        key = load_pem_private_key(KEY.read(path), password)
    except TypeError:
        need = "is encrypted: set" if password is None else "is not encrypted: unset"
        raise UsageError(f"{path}: the key {need} {PASSWORD}") from None
    except Exception as error:
        raise UsageError(f"{path}: no private key in PEM: {one_line(error)}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError(f"{path}: expected a key on the curve P-256")
    return key


def read_public(path: Path) -> EllipticCurvePublicKey:
    """Read a public key.

    Raises:
        UsageError: it cannot be read, or is no EC P-256 key.
    """
    with sigstore_extra():
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    try:
        key = load_pem_public_key(KEY.read(path))
    except Exception as error:
        raise UsageError(f"{path}: no public key in PEM: {one_line(error)}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError(f"{path}: expected a key on the curve P-256")
    return key


def verifies(key: PublicKeyTypes, signature: bytes, sha256: bytes) -> bool:
    """Whether the key's holder signed what has this SHA-256; only keys on elliptic curves can have."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256

    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, sha256, ec.ECDSA(Prehashed(SHA256())))
    except InvalidSignature:
        return False
    return True


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """What a DSSE signature is over (secure-systems-lab/dsse, protocol.md)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def fingerprint(key: EllipticCurvePublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, in hex."""
    return _spki_digest(key).hex()


def hint(key: EllipticCurvePublicKey) -> str:
    """How cosign's bundles name a key."""
    return _b64(_spki_digest(key))


def encoded(key: EllipticCurvePublicKey) -> bytes:
    """The SubjectPublicKeyInfo in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _spki_digest(key: EllipticCurvePublicKey) -> bytes:
    return hashlib.sha256(encoded(key)).digest()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
