"""Policies: what they allow, and each way in which one can be wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from support.signed_files import GITHUB, IDENTITY, LICENSE, SOURCE, WORKFLOW, signed, unsigned, write_keys
from support.sigstore_instance import Instance

from encoderfile_runtime.errors import SpecError, UsageError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.signatures.signers import Identity, Key
from hatch_encoderfile.signatures.slsa import Provenance
from hatch_encoderfile.standards.spdx import allows
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.policy import Policy, read_policy
from hatch_encoderfile.verification.rules import about_manifest, about_provenance
from hatch_encoderfile.verification.verify import verify

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
SIGNER = f'[[signers]]\nidentity = "{IDENTITY}"\nissuer = "{Instance.issuer}"\n'


def policy(folder: Path, text: str) -> Path:
    """A policy file."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def by_policy(folder: Path, text: str, **options: Any) -> None:
    """Verify a signed file with nothing but a policy."""
    it = signed(folder, github="githubusercontent" in text)
    verify(str(it.file), demand(Options(policy=policy(folder, text), trusted_root=it.trusted_root)), **options)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SIGNER, id="a-signer"),
        pytest.param(f'[[signers]]\nidentity = "a@b"\nissuer = "i"\n{SIGNER}', id="one-of-two-signers"),
        pytest.param(f"{SIGNER}[require]\nprovenance = true\nsbom = true\n", id="papers"),
        pytest.param(f'{SIGNER}[allow]\nlicenses = ["MIT"]\nsources = ["{SOURCE}"]\n', id="licence-and-source"),
        pytest.param(f'{SIGNER}[allow]\nsources = ["pkg:huggingface/acme/*"]\n', id="sources-that-begin-so"),
        pytest.param(f'{SIGNER}[allow]\nbuilders = ["local"]\n', id="builder"),
        pytest.param(
            f'[[signers]]\nidentity-regex = "https://github.com/acme/models/.*"\nissuer = "{GITHUB}"\n'
            'source-repository = "https://github.com/acme/models"\nsource-ref = "refs/heads/main"\n',
            id="repository",
        ),
    ],
)
def test_what_a_policy_allows_is_accepted(tmp_path: Path, text: str) -> None:
    by_policy(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('[[signers]]\nidentity = "a@b"\nissuer = "i"\n', "expected 'a@b'", id="signer"),
        pytest.param('[[signers]]\nidentity = "a@b"\nissuer = "i"\n' * 2, "none of the 2 allowed", id="signers"),
        pytest.param(f'{SIGNER}source-ref = "refs/tags/v1"\n', "source ref 'none named'", id="ref"),
        pytest.param(
            f'[[signers]]\nidentity = "{WORKFLOW}"\nissuer = "{GITHUB}"\nsource-ref = "refs/tags/v1"\n',
            "source ref 'refs/heads/main', expected 'refs/tags/v1'",
            id="other-ref",
        ),
        pytest.param(f'{SIGNER}[allow]\nbases = ["{"0" * 64}"]\n', "base [0-9a-f]{64} is not allowed", id="base"),
        pytest.param(f'{SIGNER}[allow]\nlicenses = ["BSD-3-Clause"]\n', "licence .* is not allowed", id="licence"),
        pytest.param(f"{SIGNER}[allow]\nlicenses = []\n", "licence .* is not allowed", id="no-licence-at-all"),
        pytest.param(f'{SIGNER}[allow]\nsources = ["{SOURCE}x"]\n', "source .* is not allowed", id="source"),
        pytest.param(f'{SIGNER}[allow]\nsources = ["pkg:huggingface/acm/*"]\n', "source .*", id="source-prefix"),
        pytest.param(f'{SIGNER}[allow]\nbuilders = ["https://ci"]\n', "builder 'local' is not allowed", id="builder"),
    ],
)
def test_what_a_policy_does_not_allow_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        by_policy(tmp_path, text)


def test_everything_that_is_not_allowed_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        by_policy(tmp_path, f"{SIGNER}[allow]\nbases = []\nlicenses = []\nsources = []\n")

    assert [fault.split()[0] for fault in caught.value.faults] == ["allow.bases:", "allow.licenses:", "allow.sources:"]


def test_the_base_that_the_file_has_may_be_allowed(tmp_path: Path) -> None:
    base = Container(str(unsigned(tmp_path / "built"))).manifest.base
    assert base is not None

    by_policy(tmp_path, f'{SIGNER}[allow]\nbases = ["{base.sha256.hex()}"]\n')


def test_papers_that_a_policy_requires_have_to_be_there(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.sbom.unlink()
    wanted = demand(Options(policy=policy(tmp_path, f"{SIGNER}[require]\nsbom = true"), trusted_root=it.trusted_root))

    with pytest.raises(MissingSignatureError, match="no SBOM"):
        verify(str(it.file), wanted)


def test_a_policy_may_name_keys_beside_it(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    private, _ = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))

    outcome = verify(str(file), demand(Options(policy=policy(tmp_path, '[[signers]]\nkey = "key.pub"\n'))))

    assert outcome.as_json()["policy"] == str(tmp_path / "policy.toml")


def test_the_command_line_cannot_widen_who_may_sign(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave --identity out"):
        demand(Options(policy=policy(tmp_path, SIGNER), identity="mallory", issuer="i"))


def test_the_content_of_a_file_that_is_no_encoderfile_cannot_be_limited(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which only an encoderfile names"):
        by_policy(tmp_path, f'{SIGNER}[allow]\nlicenses = ["MIT"]\n', any_file=True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("signers = []", "signers: names nobody", id="no-signers"),
        pytest.param("signers = 1", "signers: expected an array of tables", id="signers-type"),
        pytest.param("signers = [1]", "signers[0]: expected a table", id="signer-type"),
        pytest.param("[[signers]]\n", "signers[0]: expected one of 'identity'", id="nobody"),
        pytest.param('[[signers]]\nidentity = "a"\n', "signers[0]: 'issuer' is missing", id="no-issuer"),
        pytest.param(
            '[[signers]]\nidentity = "a"\nidentity-regex = "a"\nissuer = "i"\n', "expected one of", id="two-identities"
        ),
        pytest.param('[[signers]]\nkey = "k"\nissuer = "i"\n', "'issuer' does not go with a key", id="key-and-issuer"),
        pytest.param(
            '[[signers]]\nidentity-regex = "("\nissuer = "i"\n', "signers[0].identity-regex: expected", id="regex"
        ),
        pytest.param("[[signers]]\nidentiti = 1\n", "signers[0].identiti: unknown key; did you mean", id="unknown"),
        pytest.param("[allow]\nbases = ['AA']\n", "allow.bases[0]: expected 64 lower-case", id="digest"),
        pytest.param("[allow]\nlicences = []\n", "unknown key; did you mean 'licenses'?", id="spelling"),
        pytest.param("license = 1\n", "policy.toml: license: unknown key", id="unknown-table"),
        pytest.param("[require]\nsbom = 1\n", "require.sbom: expected true or false", id="flag"),
        pytest.param("[[", "Invalid initial character", id="no-toml"),
    ],
)
def test_a_policy_that_is_wrong_is_not_used(tmp_path: Path, text: str, fault: str) -> None:
    path = policy(tmp_path, text)

    with pytest.raises(SpecError, match=re.escape(fault)) as caught:
        read_policy(path)

    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("signers = 1", ["signers: expected an array of tables, found the integer 1"], id="signers"),
        pytest.param(
            '[[signers]]\nidentity-regex = 1\nissuer = "i"\n',
            [
                "signers[0].identity-regex: expected a regular expression, found the integer 1",
                "signers[0]: expected one of 'identity', 'identity-regex' and 'key'",
            ],
            id="regex-type",
        ),
        pytest.param(
            '[[signers]]\nidentity-regex = ""\nissuer = "i"\n',
            [
                "signers[0].identity-regex: expected a regular expression, found the string ''",
                "signers[0]: expected one of 'identity', 'identity-regex' and 'key'",
            ],
            id="empty-regex",
        ),
        pytest.param(
            '[[signers]]\nidentity-regex = "a("\nissuer = "i"\n',
            [
                "signers[0].identity-regex: expected a regular expression, found 'a(' (missing ), unterminated subpattern at position 1)",
                "signers[0]: expected one of 'identity', 'identity-regex' and 'key'",
            ],
            id="broken-regex",
        ),
        pytest.param(
            "[allow]\nlicenses = [1]\n",
            [
                "allow.licenses[0]: expected one SPDX licence such as 'Apache-2.0', without AND and OR, found the integer 1"
            ],
            id="licence-type",
        ),
        *(
            pytest.param(
                f"[allow]\nlicenses = ['{expression}']\n",
                [
                    f"allow.licenses[0]: expected one SPDX licence such as 'Apache-2.0', without AND and OR, found '{expression}'; list each licence by itself"
                ],
                id=expression,
            )
            for expression in ("MIT OR ISC", "(MIT)", "MIT)", "no licence")
        ),
        *(
            pytest.param(
                f"[[signers]]\nkey = 'k'\n{name} = 'v'\n",
                [f"signers[0]: '{name}' does not go with a key, which has no certificate"],
                id=f"key-and-{name}",
            )
            for name in ("issuer", "source-repository", "source-ref")
        ),
        pytest.param(
            "[[signers]]\nidentity = 'a'\n[[signers]]\n",
            [
                "signers[0]: 'issuer' is missing: anybody's provider could say that identity",
                "signers[1]: expected one of 'identity', 'identity-regex' and 'key'",
            ],
            id="a-fault-of-each-signer",
        ),
    ],
)
def test_each_fault_of_a_policy_names_its_key_and_what_was_found(tmp_path: Path, text: str, faults: list[str]) -> None:
    path = policy(tmp_path, text)

    with pytest.raises(SpecError) as caught:
        read_policy(path)

    assert list(caught.value.faults) == faults
    assert str(path) in str(caught.value)


def test_what_a_policy_says_is_what_is_asked_for(tmp_path: Path) -> None:
    path = policy(
        tmp_path,
        """
        [[signers]]
        identity = "a"
        issuer = "i"
        source-repository = "r"
        source-ref = "f"
        [[signers]]
        identity-regex = "a+"
        issuer = "j"
        [[signers]]
        key = "k.pub"
        [allow]
        licenses = ["MIT"]
        sources = ["s"]
        builders = ["b"]
        """,
    )

    found = read_policy(path)

    assert found == Policy(
        path,
        (
            Identity("a", None, "i", "r", "f"),
            Identity(None, "a+", "j", None, None),
            Key(tmp_path / "k.pub"),
        ),
        provenance=False,
        sbom=False,
        bases=None,
        licenses=("MIT",),
        sources=("s",),
        builders=("b",),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


@pytest.mark.parametrize("name", ["bases", "licenses", "sources"])
def test_each_limit_of_the_content_needs_an_encoderfile(tmp_path: Path, name: str) -> None:
    assert read_policy(policy(tmp_path, f"[allow]\n{name} = []\n")).needs_manifest


def test_signers_papers_and_builders_need_none(tmp_path: Path) -> None:
    text = f"{SIGNER}[require]\nprovenance = true\nsbom = true\n[allow]\nbuilders = []\n"

    assert not read_policy(policy(tmp_path, text)).needs_manifest


def test_what_a_file_does_not_say_is_not_allowed(tmp_path: Path) -> None:
    said = Container(str(unsigned(tmp_path / "built"))).manifest
    silent = said._replace(base=None, license="", source="")
    wanted = read_policy(
        policy(tmp_path, f'[allow]\nbases = ["{"0" * 64}"]\nlicenses = ["MIT"]\nsources = ["*"]\nbuilders = ["b"]\n')
    )

    rulings = [*about_manifest(wanted, silent), *about_provenance(wanted, None, None, NOW)]
    assert [*map(str, rulings)] == [
        "allow.bases: base none recorded is not allowed",
        "allow.licenses: licence 'none declared' is not allowed",
        "allow.sources: source 'none declared' is not allowed",
        "allow.builders: builder 'none: there is no provenance' is not allowed",
    ]
    assert not any(ruling.holds for ruling in rulings)


def test_every_fault_is_found_beside_those_that_are_allowed(tmp_path: Path) -> None:
    manifest = Container(str(unsigned(tmp_path / "built"))).manifest
    assert manifest.base is not None
    base = manifest.base.sha256.hex()
    wanted = read_policy(
        policy(
            tmp_path,
            f'[allow]\nbases = ["{base}"]\nlicenses = ["BSD-3-Clause"]\nsources = ["x", "{SOURCE}"]\nbuilders = ["local"]\n',
        )
    )
    built = Provenance("urn:x", {}, {}, (), "local", {})

    rulings = [*about_manifest(wanted, manifest), *about_provenance(wanted, built, None, NOW)]

    assert [str(ruling) for ruling in rulings if not ruling.holds] == [
        f"allow.licenses: licence {LICENSE!r} is not allowed"
    ]


def test_a_policy_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: .*No such file"):
        read_policy(tmp_path / "none.toml")


def test_a_policy_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xff")

    with pytest.raises(SpecError, match=r"policy\.toml: not valid UTF-8 at offset 0"):
        read_policy(path)


@pytest.mark.parametrize(
    ("expression", "allowed", "expected"),
    [
        ("MIT", ["MIT"], True),
        ("mit", ["MIT"], True),
        ("MIT", ["Apache-2.0"], False),
        ("", ["MIT"], False),
        (LICENSE, ["MIT"], True),
        ("Apache-2.0 AND MIT", ["MIT"], False),
        ("Apache-2.0 AND MIT", ["MIT", "Apache-2.0"], True),
        ("Apache-2.0 OR MIT AND ISC", ["Apache-2.0"], True),
        ("(Apache-2.0 OR MIT) AND ISC", ["Apache-2.0"], False),
        ("(Apache-2.0 OR MIT) AND ISC", ["MIT", "ISC"], True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only"], False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only WITH Classpath-exception-2.0"], True),
        ("MIT)", ["MIT"], False),
        ("MIT OR", ["MIT"], False),
        ("MIT or ISC", ["MIT", "ISC"], False),
        ("MIT ISC", ["MIT", "ISC", "MIT ISC"], False),
        ("MIT OR Not-In-Any-List", ["MIT"], True),
        ("MIT AND Not-In-Any-List", ["MIT"], False),
        ("(" * 5000 + "MIT" + ")" * 5000, ["MIT"], False),
    ],
)
def test_a_licence_expression_is_satisfied(expression: str, allowed: list[str], expected: bool) -> None:
    assert expected == allows(expression, allowed)


def test_another_hub_may_be_allowed_by_name(tmp_path: Path) -> None:
    source = "pkg:huggingface/acme/tiny@abc?repository_url=https://hub.example/a"
    manifest = Container(str(unsigned(tmp_path / "built"))).manifest._replace(source=source)
    wanted = read_policy(policy(tmp_path, f'[allow]\nsources = ["{source[:-1]}*"]\n'))

    assert all(ruling.holds for ruling in about_manifest(wanted, manifest))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("pkg:huggingface/acme/tiny@abc?repository_url=https://evil.example", id="another-hub"),
        pytest.param("pkg:huggingface/acme/tiny@abc#../../evil", id="subpath"),
        pytest.param("pkg:huggingface/acme/tiny@abc#evil", id="subpath-below"),
        pytest.param("pkg:huggingface/acme/tiny@abc#pkg:huggingface/acme/", id="the-prefix-again"),
        pytest.param("x/pkg:huggingface/acme/", id="the-prefix-at-the-end"),
        pytest.param("pkg:huggingface/acme/../evil/tiny@abc", id="dots"),
        pytest.param("pkg:huggingface/acme/%2e%2e/evil/tiny@abc", id="encoded-dots"),
        pytest.param("pkg:huggingface/acme", id="shorter"),
    ],
)
def test_a_source_that_only_begins_as_allowed_is_refused(tmp_path: Path, source: str) -> None:
    container = Container(str(unsigned(tmp_path / "built")))
    manifest = container.manifest._replace(source=source)
    wanted = read_policy(policy(tmp_path, '[allow]\nsources = ["pkg:huggingface/acme/*"]\n'))

    assert [*map(str, about_manifest(wanted, manifest))] == [f"allow.sources: source {source!r} is not allowed"]
