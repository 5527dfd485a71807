"""Sigstore bundles (protobuf-specs, sigstore_bundle.proto) as files: read with bounds, taken apart, written atomically."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.files import read_file
from hatch_encoderfile.files.atomic import atomic_output
from hatch_encoderfile.standards import json as strict_json

from .errors import MissingSignatureError, RefusedError, refusing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST = 2 << 20  # bytes; a bundle with an SBOM in it has some ten thousand
LARGEST_STATEMENT = 1 << 20  # in base64 it still fits into a bundle
MOST_VALUES = 10_000  # a bundle has about a hundred; each that is parsed may take hundreds of bytes
_CONTENTS = ("messageSignature", "dsseEnvelope")
_KEYS = {"mediaType", "verificationMaterial", *_CONTENTS}


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
    with refusing(str(path)):
        try:
            data = read_file(path, LARGEST)
        except FileNotFoundError:
            raise MissingSignatureError(f"{path}: no {purpose}: the bundle is missing") from None
        return parse(data, str(path))


def parse(data: bytes, source: str) -> Bundle:
    """Take a bundle apart.

    Raises:
        RefusedError: it cannot be a bundle.
    """
    if len(data) > LARGEST:
        raise RefusedError(source, [f"is larger than {LARGEST} bytes: no bundle is"])
    with refusing(source):
        # Before parsing: what a value takes in memory is a hundred times what it takes in the file.
        if sum(map(data.count, (b"{", b"[", b","))) > MOST_VALUES:
            raise ValueError(f"has more than {MOST_VALUES} values: no bundle has")
        document = strict_json.parse(data)
        if unknown := sorted(document.keys() - _KEYS):
            raise ValueError(f"is no Sigstore bundle: unknown key {unknown[0]!r}")
        material = document.get("verificationMaterial")
        contents = [key for key in _CONTENTS if key in document]
        if not isinstance(material, dict):
            raise ValueError("is no Sigstore bundle: it has no verificationMaterial")  # noqa: TRY004 - one kind of error for input that is not well formed
        # One parser might take the first signature and another the second.
        if contents not in (["messageSignature"], ["dsseEnvelope"]):
            raise ValueError("is no Sigstore bundle: expected a messageSignature or a dsseEnvelope")
        return Bundle(source, data, document, contents == ["messageSignature"], "publicKey" in material)


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
