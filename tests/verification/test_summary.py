"""Verification summaries: written by one who has checked a file, signed, and accepted in place of what they checked."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import IDENTITY, edit, instance, sign_statement, sign_with, signed
from support.sigstore_instance import Instance

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.cli.app import run
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError
from hatch_encoderfile.signatures.sidecars import SUMMARY
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.signed_files import SignedFile

    from hatch_encoderfile.verification.report import Outcome

    Document = dict[str, Any]

SIGNER = f'[[signers]]\nidentity = "{IDENTITY}"\nissuer = "{Instance.issuer}"\n'
VERIFIER = "verifier@example.com"


def _write(it: SignedFile) -> Path:
    """A policy that the file meets, and the summary that says so."""
    policy = it.file.with_name("policy.toml")
    policy.write_text(f"{SIGNER}[require]\nprovenance = true\n")
    out = SUMMARY.statement(it.file)
    options = ["--policy", str(policy), "--trusted-root", str(it.trusted_root), "--vsa", str(out)]
    assert run(["verify", "--sigstore", str(it.file), *options]) == 0
    return policy


def _accepting(it: SignedFile, policy: Path, more: str = "") -> Path:
    digest = hashlib.sha256(policy.read_bytes()).hexdigest()
    path = it.file.with_name("consumer.toml")
    path.write_text(
        f'[summary]\npolicies = ["{digest}"]\n{more}\n'
        f'[[summary.signers]]\nidentity = "{VERIFIER}"\nissuer = "{Instance.issuer}"\n'
    )
    return path


def _verify(it: SignedFile, policy: Path) -> Outcome:
    return verify(str(it.file), demand(Options(policy=policy, trusted_root=it.trusted_root)))


def _summarised(
    folder: Path, change: Callable[[Document], object] | None = None, more: str = ""
) -> tuple[SignedFile, Path]:
    """A file of which nothing is left but the signed summary, and a policy that accepts it."""
    it = signed(folder)
    accepting = _accepting(it, _write(it), more)
    if change:
        edit(SUMMARY.statement(it.file), change)
    sign_with(it.file, instance(), token=instance().token(VERIFIER), statements=[SUMMARY.statement(it.file)])
    for path in (it.bundle, it.provenance, it.sbom):
        path.unlink()
    return it, accepting


def test_what_a_summary_says(tmp_path: Path) -> None:
    it = signed(tmp_path)
    policy = _write(it)

    statement = json.loads(SUMMARY.statement(it.file).read_bytes())

    sha256 = hashlib.sha256(it.file.read_bytes()).hexdigest()
    said = statement["predicate"]
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert statement["subject"] == [{"name": it.file.name, "digest": {"sha256": sha256}}]
    assert said["verificationResult"] == "PASSED"
    assert said["verifiedLevels"] == ["SLSA_BUILD_LEVEL_1"]
    assert said["policy"]["digest"]["sha256"] == hashlib.sha256(policy.read_bytes()).hexdigest()
    assert {item["digest"]["sha256"] for item in said["inputAttestations"]} == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (it.bundle, it.provenance, it.sbom)
    }
    assert said["resourceUri"].startswith("pkg:generic/")


def test_a_signed_summary_stands_for_the_rest(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path, more='levels = ["SLSA_BUILD_LEVEL_1"]\nmax-age-days = 1')

    outcome = _verify(it, accepting)

    assert outcome.summary
    assert outcome.as_json()["signature"] is None
    assert "a verification summary stands for them" in outcome.as_text()


def test_a_file_that_has_changed_is_refused_whatever_the_summary_says(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    content = bytearray(it.file.read_bytes())
    content[100] ^= 1
    it.file.write_bytes(content)

    with pytest.raises(Exception, match="base"):
        _verify(it, accepting)


WRONG: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "failed": (lambda it: it["predicate"].update(verificationResult="FAILED"), "", "verification result 'FAILED'"),
    "no-result": (lambda it: it["predicate"].pop("verificationResult"), "", "verification result None"),
    "another-policy": (
        lambda it: it["predicate"]["policy"]["digest"].update(sha256="0" * 64),
        "",
        "summary.policies: policy '0+' is not accepted",
    ),
    "no-policy": (lambda it: it["predicate"].update(policy=[]), "", "summary.policies: policy None"),
    "another-verifier": (lambda it: it["predicate"]["verifier"].update(id="x"), "", "summary.verifier: verifier 'x'"),
    "a-lower-level": (
        lambda it: it["predicate"].update(verifiedLevels=[]),
        'levels = ["SLSA_BUILD_LEVEL_1"]',
        "without",
    ),
    "levels-that-are-none": (lambda it: it["predicate"].update(verifiedLevels=1), 'levels = ["X"]', "without X"),
    "too-old": (
        lambda it: it["predicate"].update(timeVerified="2020-01-01T00:00:00Z"),
        "max-age-days = 30",
        "summary.max-age-days",
    ),
    "no-time": (lambda it: it["predicate"].update(timeVerified="yesterday"), "", "summary.max-age-days"),
    "denied": (lambda _: None, f'[deny]\nidentities = ["{VERIFIER}"]', "deny.identities"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_summary_that_says_something_else(tmp_path: Path, case: str) -> None:
    change, more, message = WRONG[case]
    it, accepting = _summarised(tmp_path, change, more)

    with pytest.raises(RefusedError, match=message):
        _verify(it, accepting)


def test_a_summary_by_somebody_else(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    statement = SUMMARY.statement(it.file).read_bytes()
    SUMMARY.bundle(it.file).write_bytes(sign_statement(statement, instance(), tmp_path))

    with pytest.raises(RefusedError, match=f"signed by '{IDENTITY}', expected '{VERIFIER}'"):
        _verify(it, accepting)


def test_a_summary_of_another_file(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    statement = json.loads(SUMMARY.statement(it.file).read_bytes())
    statement["subject"][0]["digest"]["sha256"] = "0" * 64
    token = instance().token(VERIFIER)
    bundle = sign_statement(json.dumps(statement).encode(), instance(), tmp_path, token)
    SUMMARY.bundle(it.file).write_bytes(bundle)

    with pytest.raises(RefusedError, match="about another file"):
        _verify(it, accepting)


def test_a_plain_summary_that_says_something_else_than_the_signed_one(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    edit(SUMMARY.statement(it.file), lambda document: document["predicate"].update(timeVerified="2026-01-01T00:00:00Z"))

    with pytest.raises(RefusedError, match="is not what is signed"):
        _verify(it, accepting)


def test_a_summary_is_no_signature(tmp_path: Path) -> None:
    """Somebody who may sign files could say of one that it failed."""
    it = signed(tmp_path)
    _write(it)
    sign_with(it.file, instance(), statements=[SUMMARY.statement(it.file)])

    with pytest.raises(RefusedError, match="a verification summary is no signature of the file"):
        verify(str(it.file), it.demand(bundle=SUMMARY.bundle(it.file)))


def test_a_summary_that_is_not_there(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    SUMMARY.bundle(it.file).unlink()

    with pytest.raises(MissingSignatureError, match="no verification summary beside it"):
        _verify(it, accepting)


def test_without_a_summary_everything_is_checked(tmp_path: Path) -> None:
    it = signed(tmp_path)
    accepting = _accepting(it, _write(it))
    accepting.write_text(f"{SIGNER}{accepting.read_text()}")

    assert _verify(it, accepting).summary is None


def test_nobody_vouches_for_what_only_a_summary_says(tmp_path: Path) -> None:
    it, accepting = _summarised(tmp_path)
    out = tmp_path / "again.json"
    options = ["--policy", str(accepting), "--trusted-root", str(it.trusted_root), "--vsa", str(out)]

    with pytest.raises(UsageError, match="not itself by a summary"):
        run(["verify", "--sigstore", str(it.file), *options])
    assert not out.exists()


def test_a_summary_needs_a_policy(tmp_path: Path) -> None:
    it = signed(tmp_path)
    options = ["--identity", IDENTITY, "--issuer", Instance.issuer, "--vsa", str(tmp_path / "out.json")]

    with pytest.raises(UsageError, match="--vsa needs --policy"):
        run(["verify", "--sigstore", str(it.file), *options])


def test_explain_shows_the_rule_that_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    it = signed(tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text(f"{SIGNER}[allow]\nbases = []\n")
    options = ["--policy", str(policy), "--trusted-root", str(it.trusted_root), "--explain"]

    with pytest.raises(RefusedError):
        run(["verify", "--sigstore", str(it.file), *options])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if "allow.bases" in line] == [["refused", "allow.bases"]]
    with pytest.raises(RefusedError):
        run(["verify", "--sigstore", str(it.file), *options, "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in facts["rules"] if not rule["holds"]] == ["allow.bases"]


@pytest.mark.parametrize("option", [{"require_provenance": True}, {"require_sbom": True}, {"bundle": True}])
def test_what_is_asked_for_by_name_is_not_passed_over_for_a_summary(tmp_path: Path, option: dict[str, Any]) -> None:
    it, accepting = _summarised(tmp_path)
    given = {"bundle": it.bundle} if "bundle" in option else option

    with pytest.raises(UsageError, match="accepts a verification summary in place of that: leave --"):
        demand(Options(policy=accepting, **given))
