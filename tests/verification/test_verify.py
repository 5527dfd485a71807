"""What a signature that holds says, and that checking it needs neither network nor home directory."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import GITHUB, IDENTITY, WORKFLOW, instance, refuse, sign_with, signed, unsigned, write_keys

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify as verify_content
from hatch_encoderfile.signatures.errors import MissingSignatureError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.signatures.trust import PINNED, Trust
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("rekor", [1, 2])
def test_what_was_signed_verifies(tmp_path: Path, rekor: int) -> None:
    it = signed(tmp_path, rekor)

    outcome = verify(str(it.file), it.demand(require_provenance=True, require_sbom=True))

    assert outcome.subject.sha256 == hashlib.sha256(it.file.read_bytes()).digest()
    found = [outcome.signature, outcome.provenance, outcome.sbom]
    assert [(item.claims.identity, item.claims.issuer) for item in found if item and item.claims] == [
        (IDENTITY, instance().issuer)
    ] * 3


def test_a_regular_expression_may_stand_for_the_identity(tmp_path: Path) -> None:
    it = signed(tmp_path)

    outcome = verify(str(it.file), it.demand(identity=None, identity_regex=r"[a-z]+@example\.com"))

    assert outcome.signature.claims is not None
    assert outcome.signature.claims.identity == IDENTITY


def test_a_workflow_is_checked_with_its_repository_and_ref(tmp_path: Path) -> None:
    it = signed(tmp_path, github=True)
    wanted = it.demand(
        identity=WORKFLOW,
        issuer=GITHUB,
        source_repository="https://github.com/acme/models",
        source_ref="refs/heads/main",
    )

    claims = verify(str(it.file), wanted).signature.claims

    assert claims is not None
    assert (WORKFLOW, "push", "github-hosted", "0" * 40) == (
        claims.identity,
        claims.trigger,
        claims.runner_environment,
        claims.source_digest,
    )


def test_a_signed_statement_may_stand_for_the_signature(tmp_path: Path) -> None:
    it = signed(tmp_path)

    statement = verify(str(it.file), it.demand(bundle=it.provenance)).signature.statement

    assert statement is not None
    assert statement.predicate_type == "https://slsa.dev/provenance/v1"


def test_a_file_of_any_kind_is_checked_by_its_bytes_or_by_its_digest(tmp_path: Path) -> None:
    it = signed(tmp_path)
    wheel = tmp_path / "any.whl"
    wheel.write_bytes(b"not an encoderfile")
    sign_with(wheel, instance(), any_file=True)
    digest = f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    beside = wheel.with_name("any.whl.sigstore.json")

    by_bytes = verify(str(wheel), it.demand(), any_file=True)
    by_digest = verify(digest, it.demand(bundle=beside), any_file=True)

    assert by_bytes.subject.sha256 == by_digest.subject.sha256
    assert by_bytes.as_json()["content"] is None


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        pytest.param("sha256:" + "A" * 64, {"bundle": True}, "64 lower-case", id="upper-case"),
        pytest.param("sha256:" + "a" * 64, {}, "--bundle", id="no-bundle"),
        pytest.param("sha256:" + "a" * 64, {"bundle": True, "require_sbom": True}, "has no place", id="papers"),
    ],
)
def test_a_digest_that_makes_no_sense_is_a_usage_error(
    tmp_path: Path, name: str, options: dict[str, Any], message: str
) -> None:
    it = signed(tmp_path)
    wanted = it.demand(**(options | ({"bundle": it.bundle} if options.get("bundle") else {})))

    with pytest.raises(UsageError, match=message):
        verify(name, wanted, any_file=True)


@pytest.mark.parametrize("any_file", [False, True])
def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path, any_file: bool) -> None:
    wanted = signed(tmp_path).demand()

    with pytest.raises(EncoderfileError, match="nowhere: no such file"):
        verify(str(tmp_path / "nowhere"), wanted, any_file=any_file)


def test_a_key_may_stand_for_an_identity(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))

    outcome = verify(str(file), demand(Options(key=public, require_provenance=True)))

    assert outcome.signature.claims is None
    assert outcome.signature.bundle == f"{file}.sigstore.json"
    assert outcome.provenance is not None
    assert outcome.as_json()["trusted_root"] is None


def test_the_report_says_what_was_checked_by_what_and_what_was_not(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.sbom.unlink()

    outcome = verify(str(it.file), it.demand())

    facts = json.loads(json.dumps(outcome.as_json()))
    assert facts["verified"] is True
    assert facts["signature"]["signer"]["identity"] == IDENTITY
    assert facts["provenance"]["predicate_type"] == "https://slsa.dev/provenance/v1"
    assert facts["sbom"] is None
    assert facts["trusted_root"] == str(it.trusted_root)
    assert facts["not_checked"] == [
        "what it contains in the words of an SBOM: none is signed",
        "whether you want this base, licence and source: no policy",
    ]
    text = outcome.as_text()
    for line in ("verified", "every byte accounted for", f"by {IDENTITY} (issuer {instance().issuer})", "not checked"):
        assert line in text


def test_required_papers_that_are_missing_are_missing_signatures(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.provenance.unlink()

    verify(str(it.file), it.demand())
    with pytest.raises(MissingSignatureError, match=r"slsa\.sigstore\.json: no provenance: the bundle is missing"):
        verify(str(it.file), it.demand(require_provenance=True))


def test_plain_papers_need_not_be_there(tmp_path: Path) -> None:
    it = signed(tmp_path)
    for kind in ("slsa", "cdx"):
        it.file.with_name(f"{it.file.name}.{kind}.json").unlink()

    verify(str(it.file), it.demand(require_provenance=True, require_sbom=True))


def test_a_root_that_cannot_be_fetched_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("tuf.ngclient.Updater.refresh", unreachable)

    refuse(
        signed(tmp_path),
        "fetched now from https://tuf-repo-cdn.sigstore.dev: no network",
        trusted_root=None,
        refresh=True,
    )


def test_the_pinned_root_is_the_one_its_note_names(tmp_path: Path) -> None:
    note = PINNED.with_name("README.md").read_text(encoding="utf-8")

    assert hashlib.sha256(PINNED.read_bytes()).hexdigest() in note
    assert Trust().load().timestamp_authorities


@pytest.mark.parametrize("content", ["", "{}", "[]", "not JSON"])
@pytest.mark.parametrize("option", ["trusted_root", "trust_config"])
def test_a_trusted_root_that_is_none_is_a_usage_error(tmp_path: Path, option: str, content: str) -> None:
    it = signed(tmp_path)
    path = tmp_path / "other.json"
    path.write_text(content)
    options: dict[str, Any] = {"trusted_root": None} | {option: path}

    with pytest.raises(UsageError, match=r"other\.json"):
        verify(str(it.file), it.demand(**options))


def test_one_read_serves_both_the_parts_and_the_whole(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    whole = hashlib.sha256()

    verify_content(Container(str(file)), None, whole)

    assert whole.digest() == hashlib.sha256(file.read_bytes()).digest()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    container = Container(str(file))
    longer = tmp_path / "longer"
    longer.write_bytes(file.read_bytes() + b"\0")
    longer.replace(file)

    with pytest.raises(IntegrityError, match="grew while it was read"):
        verify_content(container, None, hashlib.sha256())
