"""What signing writes, and that nothing is written when it fails."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import IDENTITY, edit, instance, sign_with, unsigned, write_keys
from support.sigstore_instance import Instance

from encoderfile_runtime.errors import IntegrityError, UsageError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.files.limits import BUNDLE, STATEMENT
from hatch_encoderfile.sbom.document import inner_sbom
from hatch_encoderfile.signatures import intoto, oms
from hatch_encoderfile.signatures.errors import SigningError
from hatch_encoderfile.signatures.keyless import keyless_signer
from hatch_encoderfile.signatures.keys import KeySigner, pre_authentication, read_private
from hatch_encoderfile.signatures.sign import sign

if TYPE_CHECKING:
    from pathlib import Path

BUNDLES = [".cdx.sigstore.json", ".sigstore.json", ".slsa.sigstore.json"]


def bundles(file: Path) -> list[str]:
    """The suffixes of the bundles beside a file."""
    return sorted(path.name.removeprefix(file.name) for path in file.parent.glob("*.sigstore.json"))


def material(file: Path, suffix: str) -> dict[str, Any]:
    """The verification material of a bundle."""
    document = json.loads(file.with_name(file.name + suffix).read_bytes())
    found: dict[str, Any] = document["verificationMaterial"]
    return found


def test_one_certificate_signs_the_file_its_provenance_and_its_sbom(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    before = file.read_bytes()

    signed = sign_with(file, instance())

    assert bundles(file) == BUNDLES
    assert sorted(path.name.removeprefix(file.name) for path in signed.bundles) == BUNDLES
    assert len({material(file, suffix)["certificate"]["rawBytes"] for suffix in BUNDLES}) == 1
    assert file.read_bytes() == before
    assert signed.sha256 == hashlib.sha256(before).hexdigest()
    assert signed.signer == f"{IDENTITY} (issuer {instance().issuer})"
    assert signed.verify_with == f"--identity {IDENTITY} --issuer {instance().issuer}"


def test_a_file_without_sidecars_gets_one_bundle(tmp_path: Path) -> None:
    file = unsigned(tmp_path)

    sign_with(file, instance(), statements=[])

    assert bundles(file) == [".sigstore.json"]


def test_the_workflow_that_signs_is_named_as_its_certificate_has_it(tmp_path: Path) -> None:
    signed = sign_with(unsigned(tmp_path), instance(), token=instance().github_token())

    assert signed.verify_with == (
        "--identity https://github.com/acme/models/.github/workflows/release.yml@refs/heads/main "
        "--issuer https://token.actions.githubusercontent.com"
    )


def test_the_sbom_becomes_a_statement_about_the_file(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    sign_with(file, instance())

    document = json.loads(file.with_name(f"{file.name}.cdx.sigstore.json").read_bytes())
    statement = json.loads(base64.b64decode(document["dsseEnvelope"]["payload"]))

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert statement["subject"] == [{"name": file.name, "digest": {"sha256": digest}}]
    assert statement["predicate"] == json.loads(file.with_name(f"{file.name}.cdx.json").read_bytes())


def _statement_about(digest: str) -> dict[str, Any]:
    return {
        "_type": intoto.TYPE,
        "subject": [{"name": "x", "digest": {"sha256": digest}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"made": "up"},
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"subject": [{"name": "x", "digest": {"sha256": "0" * 64}}]}, "about another file", id="other"),
        pytest.param({"predicateType": "https://example.com/x"}, "expected one of", id="predicate-type"),
        pytest.param({"_type": "https://example.com/x"}, "no in-toto Statement", id="type"),
        pytest.param({"predicate": []}, "no in-toto Statement", id="no-predicate"),
    ],
)
def test_a_statement_that_does_not_fit_is_not_signed(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    file = unsigned(tmp_path)
    statement = tmp_path / "statement.json"
    statement.write_text(json.dumps(_statement_about(hashlib.sha256(file.read_bytes()).hexdigest()) | changes))

    with pytest.raises(UsageError, match=message):
        sign_with(file, instance(), statements=[statement])
    assert bundles(file) == []


def test_an_sbom_of_another_file_is_not_signed(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    hashes = [{"alg": "SHA-256", "content": "0" * 64}]
    edit(file.with_name(f"{file.name}.cdx.json"), lambda bom: bom["metadata"]["component"].update(hashes=hashes))

    with pytest.raises(UsageError, match="is the SBOM of a file with sha256 0000"):
        sign_with(file, instance())
    assert bundles(file) == []


def test_an_sbom_without_the_hash_of_its_file_is_not_signed(tmp_path: Path) -> None:
    """Such as the one in the file, which any file could be said to have."""
    file = unsigned(tmp_path)
    inner = tmp_path / "inner.json"
    inner.write_bytes(inner_sbom(Container(str(file))))

    with pytest.raises(UsageError, match="`encoderfile sbom FILE --outer`"):
        sign_with(file, instance(), statements=[inner])
    assert bundles(file) == []


def test_a_statement_that_no_bundle_could_hold_is_not_signed(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    edit(file.with_name(f"{file.name}.cdx.json"), lambda bom: bom.update(more="x" * STATEMENT.size))

    with pytest.raises(UsageError, match=f"larger than {STATEMENT.size} bytes"):
        sign_with(file, instance())


def test_a_bundle_of_the_largest_statement_is_not_too_large(tmp_path: Path) -> None:
    private, _ = write_keys(tmp_path)

    bundle = KeySigner(read_private(private)).statement(b"x" * STATEMENT.size)

    assert len(bundle) < BUNDLE.size


def test_two_statements_of_one_kind_are_not_signed(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    provenance = file.with_name(f"{file.name}.slsa.json")

    with pytest.raises(UsageError, match="a second provenance"):
        sign_with(file, instance(), statements=[provenance, provenance])


def test_a_broken_file_is_not_signed(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.write_bytes(content)

    with pytest.raises(IntegrityError):
        sign_with(file, instance())
    assert bundles(file) == []


def test_nothing_is_written_when_a_service_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = unsigned(tmp_path)
    with Instance() as broken:
        monkeypatch.setattr("support.sigstore_instance.rekor.add_v2", lambda *_: {})

        with pytest.raises(SigningError, match="signing failed: "):
            sign_with(file, broken)
    assert bundles(file) == []


def test_an_instance_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    with Instance() as gone:
        pass

    with pytest.raises(SigningError) as caught:
        sign_with(file, gone)
    assert len(str(caught.value).splitlines()) == 1


def test_without_an_identity_a_user_is_told_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(instance().trust_config()))
    monkeypatch.setattr("sigstore.oidc.detect_credential", lambda: None)
    monkeypatch.setattr("sys.stdin", open("/dev/null", encoding="utf-8"))  # noqa: PTH123, SIM115

    with sys.stdin, pytest.raises(UsageError, match="--identity-token"):
        keyless_signer(None, config, staging=False)


def test_without_sigstore_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.models", None)

    with pytest.raises(UsageError, match=r"pip install 'hatch-encoderfile\[sigstore\]'"):
        sign_with(unsigned(tmp_path), instance())


def test_pre_authentication_encoding_is_that_of_the_specification() -> None:
    assert pre_authentication("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_model_signing_statement_is_what_the_tool_writes() -> None:
    digest = hashlib.sha256(b"model").digest()

    statement = json.loads(oms.statement("m.encoderfile", digest).data)

    root = hashlib.sha256(digest).hexdigest()
    assert statement["subject"] == [{"name": "m.encoderfile", "digest": {"sha256": root}}]
    assert statement["predicateType"] == "https://model_signing/signature/v1.0"
    assert statement["predicate"]["resources"] == [{"name": ".", "algorithm": "sha256", "digest": digest.hex()}]


@pytest.mark.parametrize("with_key", [False, True], ids=["identity", "key"])
def test_a_model_signing_bundle_is_written_on_request(tmp_path: Path, with_key: bool) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    if with_key:
        sign(file, lambda: KeySigner(read_private(private)), model_signing=True)
    else:
        sign_with(file, instance(), model_signing=True)

    document = json.loads(file.with_name(f"{file.name}.sig").read_bytes())
    material = document["verificationMaterial"]
    assert document["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"
    assert not with_key or material == {"publicKey": {"hint": hashlib.sha256(public.read_bytes()).hexdigest()}}
