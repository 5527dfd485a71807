"""Each way in which a signature can be missing, forged, borrowed or about something else, by name."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from bundle_mutations import attempt
from signed_files import (
    GITHUB,
    WORKFLOW,
    edit,
    flipped,
    instance,
    sign_statement,
    sign_with,
    signed,
    unsigned,
    write_keys,
)

from encoderfile_runtime import footer
from encoderfile_runtime.container import Container
from encoderfile_runtime.errors import IntegrityError
from hatch_encoderfile.attest import intoto
from hatch_encoderfile.attest.bundles import LARGEST
from hatch_encoderfile.attest.demand import Options, demand
from hatch_encoderfile.attest.errors import MissingSignatureError, RefusedError
from hatch_encoderfile.attest.keys import KeySigner, read_private
from hatch_encoderfile.attest.sign import sign
from hatch_encoderfile.attest.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from signed_files import SignedFile

    Document = dict[str, Any]

OTHER = "another instance"


def refuse(it: SignedFile, message: str, **changes: Any) -> None:
    """Assert that the file is refused, and why."""
    with pytest.raises(RefusedError, match=message):
        verify(str(it.file), it.demand(**changes))


def test_no_bundle_is_a_missing_signature(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.bundle.unlink()

    with pytest.raises(MissingSignatureError, match=r"tiny\.encoderfile\.sigstore\.json: no signature"):
        verify(str(it.file), it.demand())


def test_a_bundle_for_other_bytes(tmp_path: Path) -> None:
    it = signed(tmp_path)
    other = tmp_path / "other.bin"
    other.write_bytes(b"other bytes")
    sign_with(other, instance(), any_file=True)
    it.bundle.write_bytes(other.with_name("other.bin.sigstore.json").read_bytes())

    refuse(it, "Bundle message digest mismatch")


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param("mallory@example.com", id="other"),
        pytest.param("dev@example.co", id="prefix"),
        pytest.param("dev@example.com.evil.example", id="longer"),
        pytest.param("ev@example.com", id="suffix"),
        pytest.param("Dev@example.com", id="other-case"),
        pytest.param("dev@example.com ", id="trailing-space"),
        pytest.param("d.v@example.com", id="regular-expression"),
        pytest.param(WORKFLOW, id="workflow"),
    ],
)
def test_another_identity(tmp_path: Path, identity: str) -> None:
    refuse(signed(tmp_path), "signed by 'dev@example.com', expected", identity=identity)


@pytest.mark.parametrize("pattern", ["dev@", "@example.com", "DEV@example[.]com", "mallory@|a", r"dev@example\.co"])
def test_an_expression_that_does_not_match_the_whole_identity(tmp_path: Path, pattern: str) -> None:
    refuse(signed(tmp_path), "does not match as a whole", identity=None, identity_regex=pattern)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda issuer: GITHUB, id="other"),
        pytest.param(lambda issuer: issuer[:-1], id="prefix"),
        pytest.param(lambda issuer: f"{issuer}/", id="trailing-slash"),
        pytest.param(str.upper, id="other-case"),
    ],
)
def test_another_issuer(tmp_path: Path, change: Callable[[str], str]) -> None:
    refuse(signed(tmp_path), "issuer .* expected", issuer=change(instance().issuer))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"source_repository": "https://github.com/evil/models"}, "source repository", id="repository"),
        pytest.param({"source_repository": "https://github.com/acme/model"}, "source repository", id="prefix"),
        pytest.param({"source_ref": "refs/heads/mai"}, "source ref", id="ref"),
        pytest.param({"identity": WORKFLOW.replace("main", "dev")}, "expected", id="workflow-at-another-ref"),
    ],
)
def test_another_repository_or_ref(tmp_path: Path, changes: Document, message: str) -> None:
    refuse(signed(tmp_path, github=True), message, **({"identity": WORKFLOW, "issuer": GITHUB} | changes))


def test_a_certificate_that_names_no_repository(tmp_path: Path) -> None:
    refuse(signed(tmp_path), "source repository 'none named'", source_repository="https://github.com/acme/models")


def _about_the_file(it: SignedFile, **changes: Any) -> bytes:
    statement = {
        "_type": intoto.TYPE,
        "subject": [{"name": "tiny", "digest": {"sha256": _sha256(it.file)}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    return json.dumps(statement | changes).encode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"predicateType": "https://example.com/likes/v1"}, "is not one of", id="predicate-type"),
        pytest.param({"predicateType": "https://slsa.dev/provenance/v1/"}, "is not one of", id="predicate-type-longer"),
        pytest.param({"predicateType": "https://model_signing/signature/v1.0"}, "is not one of", id="model-signing"),
        pytest.param(
            {"subject": [{"name": "tiny", "digest": {"sha256": "0" * 64}}]}, "about another file", id="other-subject"
        ),
        pytest.param(
            {"subject": [{"name": "tiny", "digest": {"sha512": "0" * 128}}]}, "about another file", id="other-hash"
        ),
    ],
)
def test_a_true_statement_that_says_nothing_of_the_file(tmp_path: Path, changes: Document, message: str) -> None:
    it = signed(tmp_path)
    it.bundle.write_bytes(sign_statement(_about_the_file(it, **changes), instance(), tmp_path))

    refuse(it, message)


def test_a_payload_that_is_no_statement(tmp_path: Path) -> None:
    it = signed(tmp_path)
    private, public = write_keys(tmp_path)
    it.bundle.write_bytes(KeySigner(read_private(private)).statement(b'{"_type":"https://in-toto.io/Statement/v2"}'))

    with pytest.raises(RefusedError, match="is no in-toto Statement"):
        verify(str(it.file), demand(Options(key=public)))


def _with_other_payload(it: SignedFile) -> Callable[[Document], None]:
    payload = base64.b64encode(_about_the_file(it, predicate={"swapped": True})).decode()
    return lambda document: document["dsseEnvelope"].update(payload=payload)


def test_a_swapped_payload(tmp_path: Path) -> None:
    it = signed(tmp_path)
    edit(it.provenance, _with_other_payload(it))

    refuse(it, "invalid signature")


def test_another_payload_type(tmp_path: Path) -> None:
    it = signed(tmp_path)
    edit(it.provenance, lambda document: document["dsseEnvelope"].update(payloadType="text/plain"))

    refuse(it, "invalid signature")


def test_an_sbom_where_provenance_should_be(tmp_path: Path) -> None:
    it = signed(tmp_path)
    shutil.copy(it.sbom, it.provenance)

    refuse(it, "expected https://slsa.dev/provenance/v1", require_provenance=True)


def test_provenance_of_another_build(tmp_path: Path) -> None:
    it = signed(tmp_path)
    statement = _about_the_file(it, subject=[{"name": "tiny.encoderfile", "digest": {"sha256": "1" * 64}}])
    it.provenance.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "about another file")


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


def test_a_bundle_of_100_mb_is_not_read(tmp_path: Path) -> None:
    it = signed(tmp_path)
    with it.bundle.open("r+b") as file:
        file.truncate(100_000_000)

    refuse(it, f"larger than {LARGEST} bytes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "Expecting value", id="empty"),
        pytest.param(b"\0" * 1000, "Expecting value", id="zeros"),
        pytest.param(b"\xff\xfe{}", "can't decode", id="no-utf-8"),
        pytest.param(b"null", "no JSON object|not a JSON object", id="null"),
        pytest.param(b"[]", "not a JSON object", id="array"),
        pytest.param(b"{}", "no verificationMaterial", id="empty-object"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply", id="deep-objects"),
        pytest.param(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply", id="deep-arrays"),
        pytest.param(b'{"mediaType":NaN}', "NaN", id="nan"),
        pytest.param(b'{"a":1,"a":2}', "a name twice", id="name-twice"),
        pytest.param(b'{"verificationMaterial":{}}', "expected a messageSignature", id="no-signature"),
        pytest.param(
            b'{"verificationMaterial":{},"messageSignature":{},"dsseEnvelope":{}}',
            "expected a messageSignature or",
            id="two-signatures",
        ),
        pytest.param(
            b'{"verificationMaterial":{},"messageSignature":{},"dsse_envelope":{}}',
            "expected a messageSignature or",
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


def test_a_folder_for_a_bundle(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.bundle.unlink()
    it.bundle.mkdir()

    refuse(it, "Is a directory")


PLACES: dict[str, Callable[[Container], int]] = {
    "base": lambda container: 100,
    "manifest": lambda container: container.footer.manifest_offset + 5,
    "padding": lambda container: container.artifacts[0].offset - 1,
    "weights": lambda container: container.artifacts[0].offset + 99,
    "attachment": lambda container: container.attachments[0].offset,
    "directory": lambda container: max(part.end for part in container.attachments) + 50,
    "footer": lambda container: container.size - footer.SIZE + 9,
    "last byte": lambda container: container.size - 1,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_byte_changed_after_signing(tmp_path: Path, place: str) -> None:
    it = signed(tmp_path)
    offset = PLACES[place](Container(str(it.file)))
    content = bytearray(it.file.read_bytes())
    content[offset] ^= 1
    it.file.write_bytes(content)

    with pytest.raises((IntegrityError, RefusedError)):
        verify(str(it.file), it.demand())
    with pytest.raises(RefusedError, match="Bundle message digest mismatch"):
        verify(str(it.file), it.demand(), any_file=True)


def test_a_byte_after_the_end(tmp_path: Path) -> None:
    it = signed(tmp_path)
    with it.file.open("ab") as file:
        file.write(b"\0")

    with pytest.raises(IntegrityError):
        verify(str(it.file), it.demand())


def test_another_file_that_is_consistent_in_itself(tmp_path: Path, tiny: Path) -> None:
    it = signed(tmp_path / "signed")
    shutil.copy(tiny, it.file)

    refuse(it, "Bundle message digest mismatch")


def test_a_signature_by_another_key(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    private, _ = write_keys(tmp_path)
    _, public = write_keys(tmp_path, "other")
    sign(file, lambda: KeySigner(read_private(private)))

    with pytest.raises(RefusedError, match="by another key, or of other bytes"):
        verify(str(file), demand(Options(key=public)))


def test_a_certificate_where_a_key_is_expected(tmp_path: Path) -> None:
    it = signed(tmp_path)
    _, public = write_keys(tmp_path)

    with pytest.raises(RefusedError, match="expected a key"):
        verify(str(it.file), demand(Options(key=public, trusted_root=it.trusted_root)))


def test_a_key_where_a_certificate_is_expected(tmp_path: Path) -> None:
    it = signed(tmp_path)
    private, _ = write_keys(tmp_path)
    sign(it.file, lambda: KeySigner(read_private(private)))

    refuse(it, "is signed with a key, expected a certificate")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document["dsseEnvelope"]["signatures"].clear(), id="no-signature"),
        pytest.param(
            lambda document: document["dsseEnvelope"]["signatures"].append({"sig": "AAAA"}), id="two-signatures"
        ),
        pytest.param(lambda document: document["dsseEnvelope"].update(payload="!"), id="no-base64"),
        pytest.param(lambda document: document["dsseEnvelope"].update(payloadType=7), id="payload-type"),
        pytest.param(lambda document: document["dsseEnvelope"]["signatures"][0].update(sig="AAAA"), id="signature"),
        pytest.param(lambda document: document["dsseEnvelope"].pop("payload"), id="no-payload"),
    ],
)
def test_a_broken_envelope_with_a_key(tmp_path: Path, change: Callable[[Document], None]) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))
    edit(file.with_name(f"{file.name}.cdx.sigstore.json"), change)

    with pytest.raises(RefusedError, match=r"cdx\.sigstore\.json"):
        verify(str(file), demand(Options(key=public)))


def test_nothing_but_a_refusal_leaves_the_verifier(tmp_path: Path) -> None:
    tried = attempt(600, 1, tmp_path)

    assert tried.accepted + tried.refused == 600
    assert tried.refused > tried.accepted


def _sha256(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()
