"""Each way in which a bundle can be missing, forged, borrowed or garbage, by name."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from support.bundle_mutations import attempt
from support.signed_files import edit, flipped, instance, refuse, sign_with, signed, unsigned

from hatch_encoderfile.signatures.errors import MissingSignatureError
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Document = dict[str, Any]

OTHER = "another instance"


def test_no_bundle_is_a_missing_signature(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.bundle.unlink()

    with pytest.raises(MissingSignatureError, match=r"tiny\.encoderfile\.sigstore\.json: no signature"):
        verify(str(it.file), it.demand())


def test_everything_by_another_instance(tmp_path: Path) -> None:
    it = signed(tmp_path)
    sign_with(it.file, instance(OTHER), statements=[])

    refuse(it, "not enough sources of verified time .trusted root: ")


def _material(path: Path) -> Document:
    material: Document = json.loads(path.read_bytes())["verificationMaterial"]
    return material


REFUSED_PART = {
    "certificate": "failed to build timestamp certificate chain",
    "tlogEntries": "checkpoint: invalid signature",
    "timestampVerificationData": "not enough sources of verified time",
}


@pytest.mark.parametrize("rekor", [1, 2])
@pytest.mark.parametrize("part", REFUSED_PART)
def test_a_part_by_another_instance(tmp_path: Path, part: str, rekor: int) -> None:
    it = signed(tmp_path, rekor)
    other = unsigned(tmp_path / "other")
    sign_with(other, instance(OTHER), rekor)
    theirs = _material(other.with_name(f"{other.name}.sigstore.json"))
    edit(it.bundle, lambda document: document["verificationMaterial"].update({part: theirs[part]}))
    if part == "timestampVerificationData" and rekor == 1:
        edit(it.bundle, lambda document: _entry(document).pop("inclusionPromise"))

    refuse(it, REFUSED_PART[part])


def test_the_log_entry_of_another_file(tmp_path: Path) -> None:
    """CVE-2022-36056."""
    it = signed(tmp_path)
    entries = _material(it.provenance)["tlogEntries"]
    edit(it.bundle, lambda document: document["verificationMaterial"].update(tlogEntries=entries))

    refuse(it, "log entry is inconsistent with other materials")


def _entry(document: Document) -> Document:
    entry: Document = document["verificationMaterial"]["tlogEntries"][0]
    return entry


def _turn(*path: str) -> Callable[[Document], None]:
    """Turn a bit in a base64 value of the log entry."""

    def change(document: Document) -> None:
        place = _entry(document)
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = flipped(place[path[-1]])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda document: document["verificationMaterial"].update(tlogEntries=[]),
            "exactly one log entry",
            id="no-log-entry",
        ),
        pytest.param(
            lambda document: document["verificationMaterial"]["tlogEntries"].append(_entry(document)),
            "exactly one log entry",
            id="two-entries",
        ),
        pytest.param(
            lambda document: _entry(document).pop("inclusionProof"),
            "inclusionProof Field required",
            id="no-inclusion-proof",
        ),
        pytest.param(_turn("inclusionProof", "rootHash"), "invalid root hash", id="root-hash"),
        pytest.param(_turn("canonicalizedBody"), "invalid root hash", id="body"),
        pytest.param(
            lambda document: document.update(mediaType="application/vnd.dev.sigstore.bundle.v9.9+json"),
            "mediaType Input should be",
            id="version",
        ),
        pytest.param(
            lambda document: document["messageSignature"].update(
                signature=flipped(document["messageSignature"]["signature"])
            ),
            "Signature is invalid|not enough sources of verified time",
            id="signature",
        ),
        pytest.param(
            lambda document: document["verificationMaterial"]["certificate"].update(
                rawBytes=flipped(document["verificationMaterial"]["certificate"]["rawBytes"])
            ),
            "signature does not match",
            id="certificate",
        ),
    ],
)
@pytest.mark.parametrize("rekor", [1, 2])
def test_a_bundle_with_a_broken_link(
    tmp_path: Path, rekor: int, change: Callable[[Document], None], message: str
) -> None:
    it = signed(tmp_path, rekor)
    edit(it.bundle, change)

    refuse(it, message)


@pytest.mark.parametrize("rekor", [1, 2])
def test_an_expired_certificate_without_a_timestamp(tmp_path: Path, rekor: int) -> None:
    it = signed(tmp_path, rekor)

    def strip(document: Document) -> None:
        document["verificationMaterial"].pop("timestampVerificationData")
        _entry(document).pop("inclusionPromise", None)

    edit(it.bundle, strip)

    refuse(it, "must contain an inclusion promise or signed timestamp")


def test_a_timestamp_after_the_certificate_has_expired(tmp_path: Path) -> None:
    it = signed(tmp_path)
    instance().timestamps.ahead = dt.timedelta(hours=1)
    try:
        sign_with(it.file, instance(), statements=[])
    finally:
        instance().timestamps.ahead = dt.timedelta()

    refuse(it, "failed to build timestamp certificate chain|expired at time of signing")


def test_a_poisoned_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it = signed(tmp_path / "files")
    for folder in ("cache", "data"):
        monkeypatch.setenv(f"XDG_{folder.upper()}_HOME", str(tmp_path / folder))
        cached = tmp_path / folder / "sigstore-python" / "tuf" / "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
        cached.mkdir(parents=True)
        shutil.copy(it.trusted_root, cached / "trusted_root.json")

    verify(str(it.file), it.demand())
    refuse(it, "not enough sources of verified time .*pinned in this package", trusted_root=None)


def test_a_bundle_with_a_key_that_no_bundle_has(tmp_path: Path) -> None:
    it = signed(tmp_path)
    edit(it.bundle, lambda document: document.update(extra={}))

    refuse(it, "unknown key 'extra'")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "Expecting value", id="empty"),
        pytest.param(b"\0" * 1000, "Expecting value", id="zeros"),
        pytest.param(b"\xff\xfe{}", "can't decode", id="no-utf-8"),
        pytest.param(b"null", "expected a JSON object, found null", id="null"),
        pytest.param(b"[]", "expected a JSON object, found a list", id="array"),
        pytest.param(b"{}", "no verificationMaterial", id="empty-object"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "more than 10000 values", id="deep-objects"),
        pytest.param(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "more than 10000 values", id="deep-arrays"),
        pytest.param(b'{"mediaType":NaN}', "NaN", id="nan"),
        pytest.param(b'{"a":1,"a":2}', "the key 'a' comes twice", id="name-twice"),
        pytest.param(b'{"verificationMaterial":{}}', "expected a messageSignature", id="no-signature"),
        pytest.param(
            b'{"verificationMaterial":{},"messageSignature":{},"dsseEnvelope":{}}',
            "expected a messageSignature or",
            id="two-signatures",
        ),
        pytest.param(
            b'{"verificationMaterial":{},"messageSignature":{},"dsse_envelope":{}}',
            "unknown key 'dsse_envelope'",
            id="two-signatures-in-two-spellings",
        ),
        pytest.param(b'{"verificationMaterial":{"publicKey":{}},"messageSignature":{}}', "with a key", id="key"),
        pytest.param(b'{"verificationMaterial":{},"messageSignature":1}', "failed to load bundle", id="wrong-types"),
    ],
)
def test_garbage_for_a_bundle(tmp_path: Path, content: bytes, message: str) -> None:
    it = signed(tmp_path)
    it.bundle.write_bytes(content)

    refuse(it, message)


def test_nothing_but_a_refusal_leaves_the_verifier(tmp_path: Path) -> None:
    tried = attempt(600, 1, tmp_path)

    assert tried.accepted + tried.refused == 600
    assert tried.refused > tried.accepted
