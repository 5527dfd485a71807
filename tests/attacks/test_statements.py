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
        pytest.param(
            {"predicateType": "https://example.com/likes/v1"},
            "is not one of https://slsa.dev/provenance/v1, https://cyclonedx.org/bom",
            id="predicate-type",
        ),
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

    with pytest.raises(RefusedError, match=r"is no in-toto Statement v1: _type is 'https://in-toto.io/Statement/v2'"):
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


def test_the_signature_of_the_file_where_provenance_should_be(tmp_path: Path) -> None:
    it = signed(tmp_path)
    shutil.copy(it.bundle, it.provenance)

    refuse(it, r"slsa\.sigstore\.json: signs the file itself, expected https://slsa\.dev/provenance/v1")


def test_provenance_of_another_build(tmp_path: Path) -> None:
    it = signed(tmp_path)
    statement = _about_the_file(it, subject=[{"name": "tiny.encoderfile", "digest": {"sha256": "1" * 64}}])
    it.provenance.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "about another file")


def _with_stray(envelope: Document) -> None:
    envelope["payload"] = "!" + envelope["payload"]


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


def _turned(value: Any) -> Any:
    """The same JSON with the names of each object in another order."""
    if isinstance(value, list):
        return [_turned(item) for item in value]
    return {name: _turned(value[name]) for name in reversed(value)} if isinstance(value, dict) else value


@pytest.mark.parametrize("kind", ["slsa", "cdx"])
def test_a_plain_statement_may_be_laid_out_in_another_way(tmp_path: Path, kind: str) -> None:
    it = signed(tmp_path)
    path = it.file.with_name(f"{it.file.name}.{kind}.json")
    path.write_text(json.dumps(_turned(json.loads(path.read_bytes())), indent=1))

    verify(str(it.file), it.demand(require_provenance=True, require_sbom=True))


@pytest.mark.parametrize("kind", ["slsa", "cdx"])
def test_a_plain_statement_that_is_none(tmp_path: Path, kind: str) -> None:
    it = signed(tmp_path)
    it.file.with_name(f"{it.file.name}.{kind}.json").write_text("gone")

    refuse(it, f"{kind}.json: is not UTF-8 JSON: Expecting value")


def test_the_sbom_of_another_file_in_a_statement_about_this_one(tmp_path: Path) -> None:
    it = signed(tmp_path)
    hashes = [{"alg": "SHA-256", "content": "0" * 64}]
    other = {"metadata": {"component": {"hashes": hashes}}}
    statement = _about_the_file(it, predicateType="https://cyclonedx.org/bom", predicate=other)
    it.sbom.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "is the SBOM of a file with sha256 0000")


def _hashes(*items: Any) -> Document:
    return {"metadata": {"component": {"hashes": [*items]}}}


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        pytest.param({}, "without the hash of what it is about", id="no-metadata"),
        pytest.param({"metadata": "component"}, "without the hash of what it is about", id="metadata-type"),
        pytest.param(
            {"metadata": {"component": "hashes"}}, "without the hash of what it is about", id="component-type"
        ),
        pytest.param(
            {"metadata": {"component": {"hashes": 1}}}, "without the hash of what it is about", id="hashes-type"
        ),
        pytest.param(_hashes("SHA-256"), "without the hash of what it is about", id="hash-type"),
        pytest.param(
            _hashes({"alg": "SHA-512", "content": "a" * 64}), "without the hash of what it is about", id="other-hash"
        ),
        pytest.param(
            _hashes({"alg": "SHA-256"}), "is the SBOM of a file with sha256 None: build again", id="no-digest"
        ),
        pytest.param(
            _hashes({"alg": "SHA-256", "content": "b" * 64}, {"alg": "SHA-256", "content": "a" * 64}),
            f"is the SBOM of a file with sha256 {'b' * 64}: build again",
            id="another-file-first",
        ),
        pytest.param(
            _hashes(*[{"alg": "SHA-256", "content": "a" * 64}] * 2),
            f"is the SBOM of a file with sha256 {'a' * 64}: build again",
            id="twice",
        ),
    ],
)
def test_an_sbom_that_does_not_say_what_it_is_about(predicate: Document, message: str) -> None:
    statement = intoto.make("https://cyclonedx.org/bom", "tiny", "a" * 64, predicate)

    with pytest.raises(ValueError, match=message):
        intoto.refuse_other(statement, "a" * 64)


def test_the_same_claim_gives_the_same_bytes() -> None:
    statement = intoto.make("https://slsa.dev/provenance/v1", "größe", "a" * 64, {"b": 1, "a": [True, None]})

    assert tuple(statement) == (
        "https://slsa.dev/provenance/v1",
        ("a" * 64,),
        {"b": 1, "a": [True, None]},
        (
            '{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":[true,null],"b":1},'
            f'"predicateType":"https://slsa.dev/provenance/v1","subject":[{{"digest":{{"sha256":"{"a" * 64}"}},"name":"größe"}}]}}'
        ).encode(),
    )
    assert statement == intoto.parse(statement.data)


@pytest.mark.parametrize("subject", ["sha256", {}, {"digest": "sha256"}, {"digest": {}}, {"digest": {"sha256": 1}}])
def test_a_subject_without_a_digest_is_about_no_file(subject: object) -> None:
    data = {"_type": intoto.TYPE, "subject": [subject], "predicateType": "t", "predicate": {"made": "up"}}

    with pytest.raises(ValueError, match="has a subject"):
        intoto.parse(json.dumps(data).encode())


@pytest.mark.parametrize(
    ("key", "value"), [("predicateType", 1), ("predicate", []), ("subject", {}), ("predicate", None), ("subject", None)]
)
def test_a_statement_with_a_part_of_another_type(key: str, value: object) -> None:
    data = {"_type": intoto.TYPE, "subject": [], "predicateType": "t", "predicate": {}, key: value}

    with pytest.raises(ValueError, match="expected a predicateType, a predicate and a list of subjects"):
        intoto.parse(json.dumps(data).encode())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda envelope: envelope["signatures"].clear(),
            r"dsseEnvelope\.signatures: expected a list of 1, found 0",
            id="no-signature",
        ),
        pytest.param(
            lambda envelope: envelope["signatures"].append({"sig": "AAAA"}),
            r"dsseEnvelope\.signatures: expected a list of 1, found 2",
            id="two-signatures",
        ),
        pytest.param(
            lambda envelope: envelope.update(payload="!"),
            r"dsseEnvelope\.payload: is not base64 as it is written",
            id="no-base64",
        ),
        pytest.param(
            lambda envelope: envelope.update(payload=None),
            r"dsseEnvelope\.payload: is not base64 as it is written",
            id="no-text",
        ),
        pytest.param(
            _with_stray, r"dsseEnvelope\.payload: is not base64 as it is written", id="stray-characters-in-base64"
        ),
        pytest.param(
            lambda envelope: envelope.update(payloadType=7),
            r"dsseEnvelope\.payloadType: expected text",
            id="payload-type",
        ),
        pytest.param(
            lambda envelope: envelope["signatures"][0].update(sig="AAAA"),
            "the signature is by another key, or of other bytes",
            id="signature",
        ),
        pytest.param(lambda envelope: envelope.pop("payload"), r"dsseEnvelope\.payload: is missing", id="no-payload"),
    ],
)
def test_a_broken_envelope_with_a_key(tmp_path: Path, change: Callable[[Document], None], message: str) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))
    edit(file.with_name(f"{file.name}.cdx.sigstore.json"), lambda document: change(document["dsseEnvelope"]))

    with pytest.raises(RefusedError, match=rf"cdx\.sigstore\.json: {message}"):
        verify(str(file), demand(Options(key=public)))


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
