"""Bundles that were signed once and hold for ever: their certificates were valid when they signed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from support.golden import GOLDEN, TINY
from support.signed_files import IDENTITY

from hatch_encoderfile.verification.demand import Demand, Options, demand
from hatch_encoderfile.verification.verify import verify

BUNDLES = GOLDEN / "bundles"
ISSUER = "https://issuer.example.test"
KINDS = ("", ".slsa", ".cdx")


def beside(folder: Path, kind: str) -> Path:
    """A copy of the golden file with the bundles of a kind."""
    file = Path(shutil.copy(TINY, folder))
    for bundle in (BUNDLES / kind).glob("*.sigstore.json"):
        shutil.copy(bundle, folder)
    return file


def by_certificate(**options: Any) -> Demand:
    return demand(Options(identity=IDENTITY, issuer=ISSUER, trusted_root=BUNDLES / "trusted_root.json", **options))


BY_CERTIFICATE = [path for kind in ("rekor-v1", "rekor-v2", "cosign") for path in sorted((BUNDLES / kind).iterdir())]


@pytest.mark.parametrize("kind", ["rekor-v1", "rekor-v2"])
def test_what_a_certificate_signed_verifies(tmp_path: Path, kind: str) -> None:
    file = beside(tmp_path, kind)

    outcome = verify(str(file), by_certificate(require_provenance=True, require_sbom=True))

    found = [outcome.signature, outcome.provenance, outcome.sbom]
    assert [item.claims.identity for item in found if item and item.claims] == [IDENTITY] * 3


def test_what_a_key_signed_verifies(tmp_path: Path) -> None:
    file = beside(tmp_path, "key")

    options = Options(key=BUNDLES / "key" / "key.pub", require_provenance=True, require_sbom=True)
    outcome = verify(str(file), demand(options))

    assert outcome.provenance
    assert outcome.sbom


def test_what_cosign_signed_verifies(tmp_path: Path) -> None:
    file = beside(tmp_path, "cosign")

    claims = verify(str(file), by_certificate()).signature.claims

    assert claims is not None
    assert claims.identity == IDENTITY


@pytest.mark.parametrize("path", BY_CERTIFICATE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sigstores_own_client_accepts_them(path: Path) -> None:
    """Ours is built on the same library, but not on this way into it."""
    root = TrustedRoot.from_file(str(BUNDLES / "trusted_root.json"))
    verifier, bundle = Verifier(trusted_root=root), Bundle.from_json(path.read_text(encoding="utf-8"))
    policy = Identity(identity=IDENTITY, issuer=ISSUER)

    if path.name == "tiny.encoderfile.sigstore.json":
        verifier.verify_artifact(TINY.read_bytes(), bundle, policy)
    else:
        media_type, statement = verifier.verify_dsse(bundle, policy)
        assert media_type == "application/vnd.in-toto+json"
        if ".slsa." in path.name:
            assert statement == (GOLDEN / "provenance" / "tiny.slsa.json").read_bytes()


@pytest.mark.parametrize("kind", ["rekor-v1", "rekor-v2", "key"])
def test_each_kind_has_each_statement(kind: str) -> None:
    found = {path.name for path in (BUNDLES / kind).glob("*.sigstore.json")}

    assert found == {f"tiny.encoderfile{statement}.sigstore.json" for statement in KINDS}
