"""Each way in which a bundle can be missing, forged, borrowed or garbage, by name."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.bundle_mutations import attempt
from support.signed_files import edit, flipped, instance, refuse, sign_with, signed, unsigned, write_keys

from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sidecars import message_bundle
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

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
            "tlogEntries: expected a list of 0 to 1, found 2",
            id="two-entries",
        ),
        pytest.param(
            lambda document: _entry(document).pop("inclusionProof"),
            "inclusionProof: is missing",
            id="no-inclusion-proof",
        ),
        pytest.param(_turn("inclusionProof", "rootHash"), "invalid root hash", id="root-hash"),
        pytest.param(_turn("canonicalizedBody"), "invalid root hash", id="body"),
        pytest.param(
            lambda document: document.update(mediaType="application/vnd.dev.sigstore.bundle.v9.9+json"),
            "mediaType: .* is not one of",
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
        pytest.param(b"{}", "mediaType: is missing", id="empty-object"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "more than 10000 values", id="deep-objects"),
        pytest.param(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "more than 10000 values", id="deep-arrays"),
        pytest.param(b'{"mediaType":NaN}', "NaN", id="nan"),
        pytest.param(b'{"a":1,"a":2}', "the key 'a' comes twice", id="name-twice"),
        pytest.param(
            b'{"verificationMaterial":{},"messageSignature":1}',
            "messageSignature: expected an object",
            id="wrong-types",
        ),
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


_ENVELOPE = {"payload": "AAAA", "payloadType": "x", "signatures": [{"sig": "AAAA"}]}


def _longer(text: str) -> str:
    return base64.b64encode(base64.b64decode(text) + b"x").decode()


def _checkpoint(document: Document, change: Callable[[str], str]) -> None:
    place = _entry(document)["inclusionProof"]["checkpoint"]
    place["envelope"] = change(place["envelope"])


def _rename_log(document: Document) -> None:
    _checkpoint(document, lambda text: text.replace("\u2014 ", "\u2014 x"))


def _sign_twice(document: Document) -> None:
    _checkpoint(document, lambda text: text + text[text.index("\u2014") :])


def _stamp(document: Document, change: Callable[[bytes], bytes]) -> None:
    (place,) = document["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    place["signedTimestamp"] = base64.b64encode(change(base64.b64decode(place["signedTimestamp"]))).decode()


def test_no_mutant_passes_that_says_anything_else(tmp_path: Path) -> None:
    """But for the spelling of a media type, which no signature is over, and a timestamp less where a log has the time."""
    tried = attempt(1500, 2, tmp_path)

    assert not tried.changed.keys() - {".mediaType", TIMESTAMPS, f"{TIMESTAMPS}.rfc3161Timestamps"}


TIMESTAMPS = ".verificationMaterial.timestampVerificationData"


def _append(text: str, *path: str | int) -> Callable[[Document], None]:
    """Add text to a value."""

    def change(document: Document) -> None:
        place: Any = document["verificationMaterial"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += text

    return change


ENTRY: tuple[str | int, ...] = ("tlogEntries", 0)
SMUGGLED: dict[str, tuple[Callable[[Document], object], str]] = {
    "null": (lambda it: it["verificationMaterial"].update(publicKey=None), "publicKey: expected an object"),
    "unknown-key-in-an-entry": (lambda it: _entry(it).update(note="x"), r"unknown key '.*tlogEntries\[0\].note'"),
    "unknown-key-in-a-digest": (
        lambda it: it["messageSignature"]["messageDigest"].update(x=1),
        "unknown key 'messageSignature.messageDigest.x'",
    ),
    "two-signatures": (lambda it: it.update(dsseEnvelope=_ENVELOPE), "expected a messageSignature or a dsseEnvelope"),
    "no-signature": (lambda it: it.pop("messageSignature"), "expected a messageSignature or a dsseEnvelope"),
    "a-certificate-and-a-key": (lambda it: it["verificationMaterial"].update(publicKey={"hint": "x"}), "one of certif"),
    "an-older-media-type": (
        lambda it: it.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.1"),
        "does not go with",
    ),
    "no-message-digest": (lambda it: it["messageSignature"].pop("messageDigest"), "messageDigest: is missing"),
    "another-hash": (lambda it: it["messageSignature"]["messageDigest"].update(algorithm="SHA2_512"), "is not one of"),
    "a-number-that-is-none": (lambda it: _entry(it).update(logIndex=1), "expected a number .* in a string"),
    "a-number-with-zeros": (lambda it: _entry(it).update(logIndex="01"), "expected a number .* in a string"),
    "base64-without-padding": (
        lambda it: _entry(it)["logId"].update(keyId=_entry(it)["logId"]["keyId"].rstrip("=")),
        "is not base64 as it is written",
    ),
    "base64-with-a-line-break": (_append("\n", *ENTRY, "canonicalizedBody"), "is not base64 as it is written"),
    "another-index": (lambda it: _entry(it).update(logIndex="7"), "indices differ|inclusion promise"),
    "another-tree-size": (_append("0", *ENTRY, "inclusionProof", "treeSize"), "proof has wrong size|another tree"),
    "a-time-without-a-promise": (
        lambda it: (_entry(it).pop("inclusionPromise", None), _entry(it).update(integratedTime="1")),
        "inclusion promise",
    ),
    "a-longer-log-id": (lambda it: _entry(it)["logId"].update(keyId=_longer(_entry(it)["logId"]["keyId"])), "log"),
    "another-kind": (lambda it: _entry(it)["kindVersion"].update(kind="dsse"), "dsse"),
    "a-name-in-the-checkpoint": (_rename_log, "checkpoint"),
    "a-line-after-the-checkpoint": (
        _append("note\n", *ENTRY, "inclusionProof", "checkpoint", "envelope"),
        "the checkpoint is no signed note",
    ),
    "a-signature-twice-in-the-checkpoint": (_sign_twice, "not signed once by the log"),
    "a-text-in-a-timestamp": (
        lambda it: _stamp(it, lambda data: data.replace(bytes.fromhex("3003020100"), bytes.fromhex("3003020101"))),
        "verified time",
    ),
    "a-timestamp-of-another-version": (
        lambda it: _stamp(it, lambda data: data.replace(b"\x02\x01\x03\x31", b"\x02\x01\x01\x31", 1)),
        "the timestamp's version is not signed|verified time",
    ),
    "a-timestamp-twice": (
        lambda it: it["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"].append(
            it["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
        ),
        "duplicate timestamp|stands twice",
    ),
}


@pytest.mark.parametrize("rekor", [1, 2])
@pytest.mark.parametrize("case", SMUGGLED)
def test_what_no_signature_vouches_for_is_refused(tmp_path: Path, case: str, rekor: int) -> None:
    it = signed(tmp_path, rekor)
    change, message = SMUGGLED[case]
    edit(it.bundle, change)

    refuse(it, message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda it: it["verificationMaterial"]["publicKey"].update(hint="other"), "names another key", id="hint"
        ),
        pytest.param(lambda it: it["verificationMaterial"]["publicKey"].pop("hint"), "hint: is missing", id="no-hint"),
        pytest.param(
            lambda it: it["messageSignature"]["messageDigest"].update(digest="AAAA"), "digest mismatch", id="digest"
        ),
        pytest.param(lambda it: it["verificationMaterial"].update(x=1), "unknown key", id="unknown-key"),
        pytest.param(
            lambda it: it["verificationMaterial"].update(tlogEntries=[_of_another()]), "log entry", id="log-entry"
        ),
        pytest.param(
            lambda it: it["verificationMaterial"].update(
                timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": "MAA="}]}
            ),
            "verificationMaterial|imestamp|parse",
            id="timestamp",
        ),
    ],
)
def test_a_bundle_of_a_key_has_nothing_unverified_in_it(
    tmp_path: Path, change: Callable[[Document], object], message: str
) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))
    edit(message_bundle(file), change)

    with pytest.raises(RefusedError, match=message):
        verify(str(file), demand(Options(key=public)))


def _of_another() -> Document:
    """The log entry of a signature with a certificate."""
    with tempfile.TemporaryDirectory() as folder:
        return _entry(json.loads(signed(Path(folder)).bundle.read_bytes()))
