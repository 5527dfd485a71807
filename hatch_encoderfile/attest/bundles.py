"""Sigstore bundles (protobuf-specs, sigstore_bundle.proto) as files: read with bounds, taken apart, written atomically."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from hatch_encoderfile.atomic import atomic_output

from . import strict_json
from .errors import MissingSignatureError, RefusedError, refusing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST = 16 << 20  # bytes; a bundle with an SBOM in it has some hundred thousand
_CONTENTS = ("messageSignature", "message_signature", "dsseEnvelope", "dsse_envelope")


class Bundle(NamedTuple):
    """A bundle whose signature has not been looked at.

    Attributes:
        source: what it was read from, for messages.
        signs_message: whether it signs the file's bytes, rather than a statement.
        has_key: whether it names a public key, rather than a certificate.
    """

    source: str
    data: bytes
    document: dict[str, Any]
    signs_message: bool
    has_key: bool


def read(path: Path, purpose: str = "signature") -> Bundle:
    """Read a bundle from a file.

    Raises:
        MissingSignatureError: there is none.
        RefusedError: it cannot be a bundle.
    """
    if not path.exists():
        raise MissingSignatureError(f"{path}: no {purpose}: the bundle is missing")
    with refusing(str(path)):
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        return parse(data, str(path))


def parse(data: bytes, source: str) -> Bundle:
    """Take a bundle apart.

    Raises:
        RefusedError: it cannot be a bundle.
    """
    if len(data) > LARGEST:
        raise RefusedError(source, [f"is larger than {LARGEST} bytes: no bundle is"])
    with refusing(source):
        document = strict_json.parse(data)
        material = document.get("verificationMaterial")
        contents = [key for key in document if key in _CONTENTS]
        if not isinstance(material, dict):
            raise ValueError("is no Sigstore bundle: it has no verificationMaterial")  # noqa: TRY004 - one kind of error for input that is not well formed
        # One parser might take the first signature and another the second.
        if contents not in (["messageSignature"], ["dsseEnvelope"]):
            raise ValueError("is no Sigstore bundle: expected a messageSignature or a dsseEnvelope")
        return Bundle(source, data, document, contents == ["messageSignature"], "publicKey" in material)


def write(bundles: Mapping[Path, bytes]) -> None:
    """Write bundles, each complete or not at all, and none before all are on the disk."""
    with ExitStack() as stack:
        for path, data in bundles.items():
            stack.enter_context(atomic_output(path)).write(data)
