"""Sigstore bundles (protobuf-specs, sigstore_bundle.proto) as files: read with bounds, taken apart, written atomically."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.files import read_file
from hatch_encoderfile.files.atomic import atomic_output
from hatch_encoderfile.files.limits import BUNDLE
from hatch_encoderfile.standards import json as strict_json

from . import sidecars
from .bundle_fields import V03, decoded, refuse_other_shapes
from .errors import MissingSignatureError, refusing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MEDIA_TYPE = V03[0]
MOST_BUNDLES = 32


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

    @property
    def signature(self) -> bytes:
        """The signature over the file or the statement."""
        if self.signs_message:
            return decoded(self.document["messageSignature"]["signature"], "signature")
        return decoded(self.document["dsseEnvelope"]["signatures"][0]["sig"], "sig")

    @property
    def envelope(self) -> tuple[str, bytes]:
        """Type and bytes of what a DSSE envelope holds."""
        envelope = self.document["dsseEnvelope"]
        return envelope["payloadType"], decoded(envelope["payload"], "payload")

    @property
    def certificate(self) -> bytes:
        """The signer's certificate in DER."""
        material = self.document["verificationMaterial"]
        held = material.get("certificate") or material["x509CertificateChain"]["certificates"][0]
        return decoded(held["rawBytes"], "rawBytes")

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Entries of a transparency log: one, or none."""
        found: list[dict[str, Any]] = self.document["verificationMaterial"].get("tlogEntries", [])
        return found

    @property
    def timestamps(self) -> list[bytes]:
        """Signed timestamps (RFC 3161)."""
        data = self.document["verificationMaterial"].get("timestampVerificationData", {})
        return [decoded(item["signedTimestamp"], "signedTimestamp") for item in data.get("rfc3161Timestamps", [])]


def read(path: Path, purpose: str = "signature") -> Bundle:
    """Read a bundle from a file.

    Raises:
        MissingSignatureError: there is none.
        RefusedError: it cannot be a bundle.
    """
    with refusing(str(path)):
        try:
            data = read_file(path, BUNDLE.size)
        except FileNotFoundError:
            raise MissingSignatureError(f"{path}: no {purpose}: the bundle is missing") from None
        return parse(data, str(path))


def read_all(path: Path) -> list[Bundle]:
    """Read the bundles of a file: one, or one a line as `gh attestation download` writes them (JSON Lines).

    Raises:
        MissingSignatureError: there is no such file.
        RefusedError: something in it cannot be a bundle.
    """
    with refusing(str(path)):
        try:
            data = read_file(path, BUNDLE.size * MOST_BUNDLES)
        except FileNotFoundError:
            raise MissingSignatureError(f"{path}: no signature: the bundle is missing") from None
        lines = [line for line in data.splitlines() if line.strip()]
        if path.suffix != ".jsonl" and not all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
            lines = [data]
        if not 1 <= len(lines) <= MOST_BUNDLES:
            raise ValueError(f"has {len(lines)} bundles, expected 1 to {MOST_BUNDLES}")
        if len(lines) == 1:
            return [parse(data, str(path))]
        return [parse(line, f"{path}:{number}") for number, line in enumerate(lines, 1)]


def read_beside(file: Path) -> list[Bundle]:
    """Read the bundles that sign a file: the one beside it, and those of several signers.

    Raises:
        MissingSignatureError: there is none.
        RefusedError: something there cannot be a bundle.
    """
    one, several = sidecars.message_bundle(file), sidecars.message_bundles(file)
    # Something that is there is read, and refused where it is no file; only a name that does not exist is passed over.
    if not os.path.lexists(several):
        return [read(one)]
    return [*([read(one)] if os.path.lexists(one) else []), *read_all(several)]


def parse(data: bytes, source: str) -> Bundle:
    """Take a bundle apart.

    Raises:
        RefusedError: it cannot be a bundle.
    """
    with refusing(source):
        BUNDLE.check(data)
        document = strict_json.parse(data)
        refuse_other_shapes(document)
        material = document["verificationMaterial"]
        return Bundle(source, data, document, "messageSignature" in document, "publicKey" in material)


def write(bundles: Mapping[Path, bytes]) -> None:
    """Write bundles, each complete or not at all, and none before all are on the disk.

    The first, which a verifier looks for first, appears last: until then a new file has no signature.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(atomic_output(path)) for path in bundles]
        for file, data in zip(files, bundles.values(), strict=True):
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
