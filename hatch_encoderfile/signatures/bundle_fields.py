"""The shape of a Sigstore bundle in JSON (protobuf-specs, sigstore_bundle.proto), each value in the one way to write it.

A value that a verifier passes over could be anything, and two verifiers could see two bundles in one file. So there is
no key but those that are checked afterwards, no null and no second spelling of the same bytes or number.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

V03 = ("application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3")
OLDER = tuple(f"application/vnd.dev.sigstore.bundle+json;version=0.{minor}" for minor in (1, 2))
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")  # a protobuf int64 that is not negative, which JSON has as a string


class Check(Protocol):
    """Raises ValueError, with the key, where a value is not of the shape."""

    def __call__(self, value: Any, key: str) -> None:
        """Look at a value."""


def refuse_other_shapes(document: dict[str, Any]) -> None:
    """Refuse a bundle that has anything but what a bundle has.

    Raises:
        ValueError: the key and what is wrong with it.
    """
    _BUNDLE(document, "")
    material = document["verificationMaterial"]
    kinds = [kind for kind in ("certificate", "x509CertificateChain", "publicKey") if kind in material]
    if len(kinds) != 1:
        raise ValueError("verificationMaterial: expected one of certificate, x509CertificateChain and publicKey")
    known = {"certificate": V03, "x509CertificateChain": OLDER, "publicKey": (*V03, *OLDER)}[kinds[0]]
    if document["mediaType"] not in known:
        raise ValueError(f"mediaType: {document['mediaType']!r} does not go with verificationMaterial.{kinds[0]}")
    # One parser might take the first signature and another the second.
    if ("messageSignature" in document) == ("dsseEnvelope" in document):
        raise ValueError("expected a messageSignature or a dsseEnvelope")


def decoded(text: Any, key: str) -> bytes:
    """The bytes of base64 as an encoder writes it: padded, without stray characters or bits.

    Raises:
        ValueError: it is something else.
    """
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        raise ValueError(f"{key}: is not base64 as it is written")
    return data


def _base64(value: Any, key: str) -> None:
    if not decoded(value, key):
        raise ValueError(f"{key}: is empty")


def _number(value: Any, key: str) -> None:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise ValueError(f"{key}: expected a number of at most 64 bits in a string")


def _text(value: Any, key: str) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key}: expected text")


def _empty(value: Any, key: str) -> None:
    if value != "":
        raise ValueError(f"{key}: nothing vouches for it: expected it to be empty or left out")


def _one_of(*known: str) -> Check:
    def check(value: Any, key: str) -> None:
        if value not in known or not isinstance(value, str):
            raise ValueError(f"{key}: {value!r} is not one of {', '.join(known)}")

    return check


def _list(element: Check, most: int, least: int = 0) -> Check:
    def check(value: Any, key: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            found = f", found {len(value)}" if isinstance(value, list) else ""
            raise ValueError(f"{key}: expected a list of {count}{found}")
        for index, item in enumerate(value):
            element(item, f"{key}[{index}]")

    return check


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**required, **(optional or {})}

    def check(value: Any, key: str) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{key}: expected an object")  # noqa: TRY004 - one kind of error for input that is not well formed
        for name, item in value.items():
            at = f"{key}.{name}" if key else name
            if name not in known:
                raise ValueError(f"is no Sigstore bundle: unknown key {at!r}")
            known[name](item, at)
        for name in required:
            if name not in value:
                raise ValueError(f"{f'{key}.{name}' if key else name}: is missing")

    return check


_CERTIFICATE = _object({"rawBytes": _base64})
_PROOF = _object(
    {
        "logIndex": _number,
        "rootHash": _base64,
        "treeSize": _number,
        "hashes": _list(_base64, 64),
        "checkpoint": _object({"envelope": _text}),
    },
)
_ENTRY = _object(
    {
        "logIndex": _number,
        "logId": _object({"keyId": _base64}),
        "kindVersion": _object({"kind": _text, "version": _text}),
        "inclusionProof": _PROOF,
        "canonicalizedBody": _base64,
    },
    {"integratedTime": _number, "inclusionPromise": _object({"signedEntryTimestamp": _base64})},
)
_TIMESTAMPS = _list(_object({"signedTimestamp": _base64}), 32)
_BUNDLE = _object(
    {
        "mediaType": _one_of(*V03, *OLDER),
        "verificationMaterial": _object(
            {},
            {
                "certificate": _CERTIFICATE,
                # Nothing that a verifier uses stands after the first: the CAs are those of the trusted root.
                "x509CertificateChain": _object({"certificates": _list(_CERTIFICATE, 1, 1)}),
                "publicKey": _object({"hint": _text}),
                "tlogEntries": _list(_ENTRY, 1),
                "timestampVerificationData": _object({}, {"rfc3161Timestamps": _TIMESTAMPS}),
            },
        ),
    },
    {
        "messageSignature": _object(
            {
                "messageDigest": _object({"algorithm": _one_of("SHA2_256"), "digest": _base64}),
                "signature": _base64,
            }
        ),
        "dsseEnvelope": _object(
            {
                "payload": _base64,
                "payloadType": _text,
                "signatures": _list(_object({"sig": _base64}, {"keyid": _empty}), 1, 1),
            }
        ),
    },
)
