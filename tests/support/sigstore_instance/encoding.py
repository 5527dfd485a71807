"""The encodings that all services share: base64, JSON as it is signed, times, keys and certificates."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def b64(data: bytes) -> str:
    """Base64 with padding."""
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def canonical(value: Any) -> bytes:
    """JSON as RFC 8785 has it; enough for ASCII keys and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def now() -> dt.datetime:
    """The time, in whole seconds of UTC."""
    return dt.datetime.now(dt.timezone.utc).replace(microsecond=0)


def rfc3339(moment: dt.datetime) -> str:
    """A time as JSON has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def public_key(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    """The public half as SubjectPublicKeyInfo in DER."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form)


def pem(certificate: x509.Certificate) -> str:
    """A certificate in PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def der(certificate: x509.Certificate) -> bytes:
    """A certificate in DER."""
    return certificate.public_bytes(serialization.Encoding.DER)
