"""Each way in which a signature can be by somebody else, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import GITHUB, WORKFLOW, instance, refuse, sign_with, signed, unsigned, write_keys

from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Document = dict[str, Any]


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
    refuse(signed(tmp_path), r"encoderfile\.sigstore\.json: signed by 'dev@example.com', expected", identity=identity)


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


def test_papers_by_another_of_the_allowed_signers(tmp_path: Path) -> None:
    """Each is allowed, but one does not vouch for what the other built."""
    file = unsigned(tmp_path)
    (first, _), (second, _) = write_keys(tmp_path, "first"), write_keys(tmp_path, "second")
    sign(file, lambda: KeySigner(read_private(second)))
    sign(file, lambda: KeySigner(read_private(first)), statements=[])
    policy = tmp_path / "policy.toml"
    policy.write_text('[[signers]]\nkey = "first.pub"\n[[signers]]\nkey = "second.pub"\n')

    with pytest.raises(RefusedError, match=r"slsa\.sigstore\.json: is not by the signer of the file"):
        verify(str(file), demand(Options(policy=policy)))


def test_papers_by_another_that_the_expression_matches(tmp_path: Path) -> None:
    it = signed(tmp_path)
    sign_with(it.file, instance(), token=instance().token("eve@example.com"), statements=[])

    refuse(it, "is not by the signer of the file", identity=None, identity_regex=".*@example[.]com")


def test_an_identity_that_no_check_was_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a version of sigstore not call the policy, nobody's signature would do."""
    monkeypatch.setattr("sigstore.verify.Verifier.verify_artifact", lambda *_: None)

    refuse(signed(tmp_path), "nobody's identity was checked")
