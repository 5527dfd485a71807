"""Each way in which a signed statement can be about something else, by name."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import edit, instance, refuse, sign_statement, sign_with, signed, unsigned, write_keys

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.signatures import intoto
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, pre_authentication, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.signed_files import SignedFile

    Document = dict[str, Any]


def _about_the_file(it: SignedFile, **changes: Any) -> bytes:
    statement = {
        "_type": intoto.TYPE,
        "subject": [{"name": "tiny", "digest": {"sha256": _sha256(it.file)}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"made": "up"},
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


def test_another_payload_type_that_was_really_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it = signed(tmp_path)
    private, public = write_keys(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(intoto, "PAYLOAD_TYPE", "application/json")
        it.bundle.write_bytes(KeySigner(read_private(private)).statement(_about_the_file(it)))

    with pytest.raises(RefusedError, match="payload type 'application/json', expected"):
        verify(str(it.file), demand(Options(key=public)))


def test_an_sbom_where_provenance_should_be(tmp_path: Path) -> None:
    it = signed(tmp_path)
    shutil.copy(it.sbom, it.provenance)

    refuse(it, "expected https://slsa.dev/provenance/v1", require_provenance=True)


def test_provenance_of_another_build(tmp_path: Path) -> None:
    it = signed(tmp_path)
    statement = _about_the_file(it, subject=[{"name": "tiny.encoderfile", "digest": {"sha256": "1" * 64}}])
    it.provenance.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "about another file")


def _with_stray(document: Document) -> None:
    document["dsseEnvelope"]["payload"] = "!" + document["dsseEnvelope"]["payload"]


def _encoded(it: SignedFile) -> bytes:
    """What DSSE signs for a provenance that says too much of the file."""
    return pre_authentication(intoto.PAYLOAD_TYPE, _about_the_file(it, predicate={"forged": True}))


@pytest.mark.parametrize("any_file", [True, False])
def test_a_file_that_is_what_dsse_signs_is_not_signed(tmp_path: Path, any_file: bool) -> None:
    """Its signature could be moved into an envelope: provenance of another file, which nobody meant to sign."""
    it = signed(tmp_path)
    blob = tmp_path / "blob"
    blob.write_bytes(_encoded(it) if any_file else b"DSSEv1 " + it.file.read_bytes())

    with pytest.raises(UsageError if any_file else EncoderfileError):
        sign_with(blob, instance(), any_file=any_file)
    assert not blob.with_name("blob.sigstore.json").exists()


def test_an_encoderfile_that_begins_as_dsse_does_is_not_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = unsigned(tmp_path)
    monkeypatch.setattr("hatch_encoderfile.signatures.sign.DSSE", file.read_bytes()[:7])

    with pytest.raises(UsageError, match="would pass for the statement's"):
        sign_with(file, instance())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        pytest.param("cdx", lambda document: document.update(version=True), id="true-for-1"),
        pytest.param("cdx", lambda document: document["components"].pop(), id="a-component-less"),
        pytest.param("slsa", lambda document: document["predicate"].update(forged=1), id="predicate"),
        pytest.param(
            "slsa", lambda document: document["subject"].append({"digest": {"sha256": "0" * 64}}), id="subjects"
        ),
        pytest.param("slsa", lambda document: document.update(predicateType="https://x/"), id="predicate-type"),
    ],
)
def test_a_plain_statement_that_says_something_else_than_the_signed_one(
    tmp_path: Path, kind: str, change: Callable[[Document], None]
) -> None:
    it = signed(tmp_path)
    edit(it.file.with_name(f"{it.file.name}.{kind}.json"), change)

    refuse(it, f"tiny.encoderfile.{kind}.json: is not what is signed in .*{kind}.sigstore.json")


@pytest.mark.parametrize("kind", ["slsa", "cdx"])
def test_a_plain_statement_that_is_none(tmp_path: Path, kind: str) -> None:
    it = signed(tmp_path)
    it.file.with_name(f"{it.file.name}.{kind}.json").write_text("gone")

    refuse(it, f"{kind}.json: Expecting value")


def test_the_sbom_of_another_file_in_a_statement_about_this_one(tmp_path: Path) -> None:
    it = signed(tmp_path)
    hashes = [{"alg": "SHA-256", "content": "0" * 64}]
    other = {"metadata": {"component": {"hashes": hashes}}}
    statement = _about_the_file(it, predicateType="https://cyclonedx.org/bom", predicate=other)
    it.sbom.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "is the SBOM of a file with sha256 0000")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document["dsseEnvelope"]["signatures"].clear(), id="no-signature"),
        pytest.param(
            lambda document: document["dsseEnvelope"]["signatures"].append({"sig": "AAAA"}), id="two-signatures"
        ),
        pytest.param(lambda document: document["dsseEnvelope"].update(payload="!"), id="no-base64"),
        pytest.param(_with_stray, id="stray-characters-in-base64"),
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


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
