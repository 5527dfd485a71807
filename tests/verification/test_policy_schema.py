"""The generated schema of a policy says what the reader says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import generate
import pytest
from jsonschema import Draft202012Validator

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.verification.policy import read_policy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


def policy(folder: Path, text: str) -> Path:
    """A policy file."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_documented_policy_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    found = read_policy(policy(tmp_path, example))

    Draft202012Validator(generate.policy_schema()).validate(tomllib.loads(example))
    assert (True, True, 1) == (found.provenance, found.sbom, len(found.signers))


SIGNERS_THAT_ARE_NONE = {
    "nobody": {},
    "no-issuer": {"identity": "a"},
    "no-issuer-for-a-regex": {"identity-regex": "a"},
    "only-an-issuer": {"issuer": "i"},
    "two-identities": {"identity": "a", "identity-regex": "a", "issuer": "i"},
    "key-and-issuer": {"key": "k", "issuer": "i"},
    "key-and-ref": {"key": "k", "source-ref": "r"},
    "key-and-identity": {"key": "k", "identity": "a", "issuer": "i"},
}


@pytest.mark.parametrize("signer", SIGNERS_THAT_ARE_NONE.values(), ids=list(SIGNERS_THAT_ARE_NONE))
def test_the_schema_refuses_the_signers_that_the_reader_refuses(tmp_path: Path, signer: dict[str, str]) -> None:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in signer.items())

    assert not Draft202012Validator(generate.policy_schema()).is_valid({"signers": [signer]})
    with pytest.raises(SpecError):
        read_policy(policy(tmp_path, f"[[signers]]\n{lines}"))


@pytest.mark.parametrize(
    "signer",
    [
        {"identity": "a", "issuer": "i"},
        {"identity-regex": "a", "issuer": "i", "source-ref": "r", "source-repository": "u"},
        {"key": "k"},
    ],
    ids=["identity", "regex", "key"],
)
def test_the_schema_accepts_each_kind_of_signer(signer: dict[str, str]) -> None:
    Draft202012Validator(generate.policy_schema()).validate({"signers": [signer]})


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("MIT", True),
        ("X11", True),
        ("LicenseRef-own", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("MIT OR Apache-2.0", False),
        ("MIT AND ISC", False),
        ("(MIT)", False),
        ("", False),
    ],
)
def test_a_list_of_licences_has_no_expressions(tmp_path: Path, name: str, fine: bool) -> None:
    text = f"[allow]\nlicenses = [{json.dumps(name)}]\n"
    schema = Draft202012Validator(generate.policy_schema())

    assert fine == schema.is_valid(tomllib.loads(text))
    if fine:
        assert (name,) == read_policy(policy(tmp_path, text)).licenses
    else:
        with pytest.raises(SpecError, match="list each licence by itself"):
            read_policy(policy(tmp_path, text))
