"""Attestations of GitHub: files of `gh attestation download`, and bundles of its own instance, which has no log."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import GITHUB, WORKFLOW, instance, sign_statement, unsigned

from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hatch_encoderfile.verification.report import Outcome

    Document = dict[str, Any]

REPOSITORY, REF, COMMIT = "https://github.com/acme/models", "refs/heads/main", "0" * 40
RUN = f"{REPOSITORY}/actions/runs/42/attempts/1"


def _statement(file: Path, **workflow: str) -> bytes:
    """Provenance as actions/attest-build-provenance writes it."""
    asked = {"ref": REF, "repository": REPOSITORY, "path": ".github/workflows/release.yml"} | workflow
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"workflow": asked},
                "internalParameters": {"github": {"event_name": "push", "runner_environment": "github-hosted"}},
                "resolvedDependencies": [{"uri": f"git+{REPOSITORY}@{REF}", "digest": {"gitCommit": COMMIT}}],
            },
            "runDetails": {"builder": {"id": WORKFLOW}, "metadata": {"invocationId": RUN}},
        },
    }
    return json.dumps(statement).encode()


def _attested(
    folder: Path, change: Callable[[Document], object] | None = None, workflow: dict[str, str] | None = None
) -> tuple[Path, Path]:
    """A file and an attestation of GitHub's own instance."""
    file = unsigned(folder)
    document = instance().attest(_statement(file, **(workflow or {})), instance().github_token())
    if change:
        change(document)
    bundle = folder / "attestation.jsonl"
    bundle.write_text(json.dumps(document) + "\n")
    return file, bundle


def _verify(file: Path, bundle: Path, root: Document | list[Document] | None = None, **options: Any) -> Outcome:
    roots = root or instance().unlogged_root()
    path = file.with_name("trusted_root.jsonl")
    path.write_text("".join(json.dumps(item) + "\n" for item in (roots if isinstance(roots, list) else [roots])))
    wanted: dict[str, Any] = {"identity": WORKFLOW, "issuer": GITHUB, "trusted_root": path, "bundle": bundle} | options
    return verify(str(file), demand(Options(**wanted)))


def test_an_attestation_without_a_log_is_accepted_by_its_timestamp(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)

    outcome = _verify(file, bundle, require_provenance=True, runner_environment="github-hosted")

    assert outcome.as_json()["provenance"]["builder_vouched"] is True
    assert len(outcome.signature.times) == 1


def test_the_root_that_issued_the_certificate_is_chosen_of_several(tmp_path: Path) -> None:
    """`gh attestation trusted-root` writes the public instance's and GitHub's own, a line each."""
    file, bundle = _attested(tmp_path)
    public = instance("public").trusted_root()

    with pytest.raises(RefusedError):
        _verify(file, bundle, public)
    assert _verify(file, bundle, [public, instance().unlogged_root()]).provenance


def test_several_attestations_in_one_file(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)
    other = instance().attest(_statement(file), instance().github_token(workflow=".github/workflows/other.yml"))
    bundle.write_text(json.dumps(other) + "\n" + bundle.read_text())

    assert _verify(file, bundle, require_provenance=True).signature.bundle.endswith("attestation.jsonl:2")


def test_an_attestation_of_the_public_instance(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    token = instance().github_token()
    bundle = tmp_path / "attestation.jsonl"
    bundle.write_bytes(sign_statement(_statement(file), instance(), tmp_path, token) + b"\n")

    assert _verify(file, bundle, instance().trusted_root(), require_provenance=True).built


def test_an_attestation_is_checked_by_a_digest_alone(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)
    root = tmp_path / "root.json"
    root.write_text(json.dumps(instance().unlogged_root()))
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    options = Options(identity=WORKFLOW, issuer=GITHUB, trusted_root=root, bundle=bundle, require_provenance=True)

    assert verify(digest, demand(options), any_file=True).built


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ({"ref": "refs/tags/v1"}, "workflow ref 'refs/tags/v1', and the certificate says 'refs/heads/main'"),
        ({"repository": "https://github.com/evil/models"}, "workflow repository 'https://github.com/evil/models'"),
        ({"path": ".github/workflows/other.yml"}, r"workflow 'https://.*other\.yml@refs/heads/main'"),
    ],
)
def test_a_workflow_that_the_certificate_does_not_name(tmp_path: Path, workflow: dict[str, str], message: str) -> None:
    file, bundle = _attested(tmp_path, workflow=workflow)

    with pytest.raises(RefusedError, match=message):
        _verify(file, bundle)


def _material(document: Document) -> Document:
    found: Document = document["verificationMaterial"]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda it: _material(it).pop("timestampVerificationData"),
            "not enough sources of verified time",
            id="no-time",
        ),
        pytest.param(
            lambda it: _material(it)["timestampVerificationData"].update(rfc3161Timestamps=[]),
            "nothing says when the certificate was used",
            id="empty-times",
        ),
        pytest.param(
            lambda it: it["dsseEnvelope"].update(payload="e30="), "verified time|invalid signature", id="payload"
        ),
        pytest.param(
            lambda it: it["dsseEnvelope"]["signatures"][0].update(sig="AAAA"), "verified time", id="signature"
        ),
        pytest.param(
            lambda it: _material(it).update(certificate=_material(_of("another instance"))["certificate"]),
            "no CA of the trusted root",
            id="certificate",
        ),
        pytest.param(
            lambda it: _material(it).update(
                timestampVerificationData=_material(_of("another instance"))["timestampVerificationData"]
            ),
            "verified time",
            id="timestamp",
        ),
    ],
)
def test_an_attestation_without_a_log_that_does_not_hold(
    tmp_path: Path, change: Callable[[Document], object], message: str
) -> None:
    file, bundle = _attested(tmp_path, change)

    with pytest.raises(RefusedError, match=message):
        _verify(file, bundle)


def _of(name: str) -> Document:
    return instance(name).attest(b'{"made":"up"}', instance(name).github_token())


def test_a_payload_that_was_swapped_with_its_timestamp_kept(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)
    document = json.loads(bundle.read_text())
    document["dsseEnvelope"]["payload"] = "e30="
    bundle.write_text(json.dumps(document))

    with pytest.raises(RefusedError, match="invalid signature"):
        _verify(file, bundle)


def test_an_instance_with_a_log_needs_the_log_entry(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)

    with pytest.raises(RefusedError):
        _verify(file, bundle, instance().trusted_root())


def test_a_log_entry_that_no_log_of_the_root_vouches_for(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    bundle = tmp_path / "attestation.json"
    bundle.write_bytes(sign_statement(_statement(file), instance(), tmp_path, instance().github_token()))

    with pytest.raises(RefusedError, match="has a log entry, and the trusted root has no log"):
        _verify(file, bundle)


def test_a_certificate_that_had_expired(tmp_path: Path) -> None:
    instance().timestamps.ahead = dt.timedelta(hours=1)
    try:
        file, bundle = _attested(tmp_path)
    finally:
        instance().timestamps.ahead = dt.timedelta()

    with pytest.raises(RefusedError, match="no CA of the trusted root issued the certificate"):
        _verify(file, bundle)


def test_an_authority_that_is_not_trusted_about_that_time(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)
    for kind in ("certificateAuthorities", "timestampAuthorities"):
        root = instance().unlogged_root()
        for item in root[kind]:
            item["validFor"] = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}

        with pytest.raises(
            RefusedError, match=r"does not trust it about that time|by no authority of the trusted root"
        ):
            _verify(file, bundle, root)


def test_a_root_without_an_authority_vouches_for_nothing(tmp_path: Path) -> None:
    file, bundle = _attested(tmp_path)

    with pytest.raises(RefusedError, match="verified time"):
        _verify(file, bundle, {**instance().unlogged_root(), "timestampAuthorities": []})


def test_required_provenance_is_not_made_up_for_by_another_statement(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    document = json.loads(_statement(file))
    sbom = json.loads(file.with_name(f"{file.name}.cdx.json").read_bytes())
    document |= {"predicateType": "https://cyclonedx.org/bom", "predicate": sbom}
    bundle = tmp_path / "attestation.json"
    bundle.write_text(json.dumps(instance().attest(json.dumps(document).encode(), instance().github_token())))

    assert _verify(file, bundle).sbom
    with pytest.raises(MissingSignatureError, match="no provenance"):
        _verify(file, bundle, require_provenance=True)
