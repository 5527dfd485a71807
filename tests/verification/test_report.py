"""The report of a verification, word for word: somebody decides by it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.signed_files import GITHUB, IDENTITY, WORKFLOW

from encoderfile_runtime.format.container import Part
from encoderfile_runtime.format.verify import Report, Uncovered
from hatch_encoderfile.signatures import slsa
from hatch_encoderfile.signatures.check import Signature
from hatch_encoderfile.signatures.claims import Claims
from hatch_encoderfile.signatures.intoto import Statement
from hatch_encoderfile.signatures.sidecars import PROVENANCE, SBOM
from hatch_encoderfile.signatures.signers import Key
from hatch_encoderfile.signatures.subject import Subject
from hatch_encoderfile.signatures.trust import Trust
from hatch_encoderfile.verification.demand import Demand
from hatch_encoderfile.verification.policy import Policy
from hatch_encoderfile.verification.report import Outcome

PARTS = tuple(Part(name, 0, 1, bytes(32)) for name in ("base", "weights"))
REPORT = Report("m.encoderfile", "c0ffee", PARTS, ())
SUBJECT = Subject("m.encoderfile", Path("m.encoderfile"), bytes(range(32)), report=REPORT)
SHA256 = bytes(range(32)).hex()
POLICY = Policy(
    Path("p.toml"), (), provenance=False, sbom=False, bases=None, licenses=None, sources=None, builders=None
)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
MAIL = Claims(IDENTITY, "https://issuer.example")
CI = Claims(WORKFLOW, GITHUB, "https://github.com/acme/models", "refs/heads/main")
BY_KEY = Signature("m.encoderfile.sigstore.json", None, "SHA256:abc", None)


def statement(predicate_type: str, **predicate: Any) -> Statement:
    return Statement(predicate_type, (SHA256,), predicate, b"")


PROVED = Signature(
    "m.slsa.sigstore.json", CI, "", statement(PROVENANCE.predicate_type, runDetails={"builder": {"id": "https://ci"}})
)
LISTED = Signature("m.cdx.sigstore.json", CI, "", statement(SBOM.predicate_type))


def outcome(
    signature: Signature,
    provenance: Signature | None = None,
    sbom: Signature | None = None,
    *,
    subject: Subject = SUBJECT,
    policy: Policy | None = None,
) -> Outcome:
    demand = Demand((Key(Path("key.pub")),), Trust(Path("root.json")), policy=policy)
    built = slsa.Provenance("urn:x", {}, {}, (), "https://ci", {}) if provenance else None
    return Outcome(subject, demand, NOW, signature, provenance, sbom, built=built)


def test_everything_there_is_to_say() -> None:
    found = outcome(BY_KEY._replace(claims=CI, key=""), PROVED, LISTED, policy=POLICY)

    by = f"by {WORKFLOW} (issuer {GITHUB}), from https://github.com/acme/models at refs/heads/main"
    assert found.as_text().splitlines() == [
        "m.encoderfile: verified",
        "  bytes         2 parts hashed as recorded, every byte accounted for",
        "  content id    c0ffee",
        f"  sha256        {SHA256}",
        f"  signature     {by}",
        "                in m.encoderfile.sigstore.json",
        f"  provenance    {by}",
        "                in m.slsa.sigstore.json",
        f"  SBOM          {by}",
        "                in m.cdx.sigstore.json",
        "  built by      https://ci, the signer claims",
        "  policy        p.toml",
        "  trusted root  root.json",
        "not checked",
    ]
    assert found.as_json() == {
        "file": "m.encoderfile",
        "verified": True,
        "sha256": SHA256,
        "content": REPORT.as_json(),
        "signature": {
            "bundle": "m.encoderfile.sigstore.json",
            "signer": CI._asdict(),
            "key": None,
            "predicate_type": None,
            "times": [],
        },
        "provenance": {
            "bundle": "m.slsa.sigstore.json",
            "signer": CI._asdict(),
            "key": None,
            "predicate_type": "https://slsa.dev/provenance/v1",
            "times": [],
            "builder": "https://ci",
            "builder_vouched": False,
            "source": None,
            "commit": None,
            "source_vouched": False,
        },
        "sbom": {
            "bundle": "m.cdx.sigstore.json",
            "signer": CI._asdict(),
            "key": None,
            "predicate_type": "https://cyclonedx.org/bom",
            "times": [],
        },
        "trusted_root": "root.json",
        "policy": "p.toml",
        "not_checked": [],
        "warnings": [],
        "other_signatures": [],
        "summary": None,
    }


def test_a_key_a_file_that_is_taken_as_it_is_and_no_papers() -> None:
    found = outcome(BY_KEY, subject=SUBJECT._replace(report=None))

    assert found.as_text().splitlines() == [
        "m.encoderfile: verified",
        f"  sha256        {SHA256}",
        "  signature     by the key SHA256:abc",
        "                in m.encoderfile.sigstore.json",
        "not checked",
        *(f"  {item}" for item in found.not_checked()),
    ]
    assert found.not_checked() == [
        "what is in the file: it was taken as it is",
        "when it was signed: a signature by a key has no certificate, timestamp or log entry",
        "what it was built from: no signed provenance",
        "what it contains in the words of an SBOM: none is signed",
        "whether you want this base, licence and source: no policy",
    ]
    facts = found.as_json()
    assert {
        "bundle": "m.encoderfile.sigstore.json",
        "signer": None,
        "key": "SHA256:abc",
        "predicate_type": None,
        "times": [],
    } == facts["signature"]
    assert (None, None, None) == (facts["content"], facts["trusted_root"], facts["policy"])


def test_a_file_of_another_profile_is_verified_as_far_as_it_goes() -> None:
    open_range = REPORT._replace(uncovered=(Uncovered("base", 0, 9),))

    text = outcome(BY_KEY, subject=SUBJECT._replace(report=open_range)).as_text()

    assert "  bytes         2 parts hashed as recorded, as far as its format goes\n" in text


def test_who_vouches_for_a_builder_is_said() -> None:
    certified = PROVED._replace(claims=CI._replace(build_signer="https://ci"))

    assert "  built by      https://ci\n" in outcome(BY_KEY, certified).as_text()
    assert "  built by      https://ci, the signer claims\n" in outcome(BY_KEY, PROVED).as_text()


def test_a_signer_without_a_repository() -> None:
    text = outcome(BY_KEY._replace(claims=MAIL)).as_text()

    assert f"  signature     by {IDENTITY} (issuer https://issuer.example)\n" in text


@pytest.mark.parametrize("name", ["m\x1b[2J", "m\nverified"])
def test_no_name_controls_the_terminal(name: str) -> None:
    text = outcome(BY_KEY, subject=SUBJECT._replace(name=name)).as_text()

    assert "\x1b" not in text
    assert text.splitlines()[0].endswith(": verified")
