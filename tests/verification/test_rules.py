"""What a policy may demand besides signers and content: how many signed, when, who never, and which rule decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import IDENTITY, edit, instance, sign_with, signed, unsigned, write_keys
from support.sigstore_instance import Instance

from encoderfile_runtime.errors import SpecError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.signatures import sidecars
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, fingerprint, read_private, read_public
from hatch_encoderfile.signatures.sidecars import message_bundle, message_bundles
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.signatures.slsa import Provenance
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.policy import read_policy
from hatch_encoderfile.verification.rules import about_provenance
from hatch_encoderfile.verification.threshold import most_signers
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.verification.report import Outcome
    from hatch_encoderfile.verification.rules import Ruling

SIGNER = f'[[signers]]\nidentity = "{IDENTITY}"\nissuer = "{Instance.issuer}"\n'
KEY = '[[signers]]\nkey = "key.pub"\n'
OTHER = "other@example.com"
SECOND = f'[[signers]]\nidentity = "{OTHER}"\nissuer = "{Instance.issuer}"\n'
ANYBODY = f'[[signers]]\nidentity-regex = ".*@example.com"\nissuer = "{Instance.issuer}"\n'


def _verify(file: Path, root: Path | None, text: str, **options: Any) -> Outcome:
    policy = file.parent / "policy.toml"
    policy.write_text(text, encoding="utf-8")
    return verify(str(file), demand(Options(policy=policy, trusted_root=root)), **options)


def _refuse(file: Path, root: Path | None, text: str, message: str) -> None:
    rulings: list[Ruling] = []
    with pytest.raises(RefusedError, match=message):
        _verify(file, root, text, explain=rulings.append)
    assert any(not ruling.holds for ruling in rulings)


def _signed_by_all(folder: Path) -> tuple[Path, Path]:
    """A file with bundles by an identity, another one, and a key, one a line."""
    it = signed(folder)
    private, _ = write_keys(folder)
    lines = [message_bundle(it.file).read_bytes()]
    sign_with(it.file, instance(), token=instance().token(OTHER), statements=[])
    lines.append(message_bundle(it.file).read_bytes())
    sign(it.file, lambda: KeySigner(read_private(private)), statements=[])
    lines.append(message_bundle(it.file).read_bytes())
    message_bundle(it.file).unlink()
    message_bundles(it.file).write_bytes(b"\n".join(line.replace(b"\n", b"") for line in lines) + b"\n")
    it.provenance.unlink()
    it.sbom.unlink()
    return it.file, it.trusted_root


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_signers_as_a_policy_wants(tmp_path: Path, count: int) -> None:
    file, root = _signed_by_all(tmp_path)

    outcome = _verify(file, root, f"{SIGNER}{SECOND}{KEY}[require]\nsignatures = {count}\n")

    assert len(outcome.others) == 2
    assert outcome.as_text().count("  signature  ") == 3


def test_too_few_signers(tmp_path: Path) -> None:
    file, root = _signed_by_all(tmp_path)
    absent = f'[[signers]]\nidentity = "absent@example.com"\nissuer = "{Instance.issuer}"\n'

    _refuse(
        file, root, f"{SIGNER}{absent}[require]\nsignatures = 2\n", "require.signatures: 1 of 2 signers have signed, 2"
    )


def test_one_signer_who_fits_two_places_is_counted_once(tmp_path: Path) -> None:
    it = signed(tmp_path)

    _refuse(it.file, it.trusted_root, f"{SIGNER}{ANYBODY}[require]\nsignatures = 2\n", "1 of 2 signers")


def test_two_bundles_of_one_signer_are_counted_once(tmp_path: Path) -> None:
    it = signed(tmp_path)
    line = it.bundle.read_bytes().replace(b"\n", b"")
    sign_with(it.file, instance(), statements=[])
    message_bundles(it.file).write_bytes(line + b"\n")

    _refuse(it.file, it.trusted_root, f"{SIGNER}{ANYBODY}[require]\nsignatures = 2\n", "1 of 2 signers")


@pytest.mark.parametrize(
    ("signatures", "count"),
    [
        ([], 0),
        ([("a", {0, 1}), ("b", {0})], 2),
        ([("a", {0}), ("b", {0})], 1),
        ([("a", {0, 1, 2})], 1),
        ([("a", {0}), ("a", {1})], 1),
        ([("a", {0, 1}), ("b", {0, 2}), ("c", {0})], 3),
    ],
)
def test_neither_a_signer_nor_a_place_is_counted_twice(signatures: list[tuple[str, set[int]]], count: int) -> None:
    assert most_signers((holder, frozenset(places)) for holder, places in signatures) == count


def test_kinds_of_signers(tmp_path: Path) -> None:
    file, root = _signed_by_all(tmp_path)
    both = '[require]\nkinds = ["identity", "key"]\n'

    _verify(file, root, f"{SIGNER}{KEY}{both}")
    _refuse(file, root, f"{SIGNER}{SECOND}{both}", "require.kinds: no key has signed")


def test_signatures_by_others_take_nothing_from_those_that_count(tmp_path: Path) -> None:
    file, root = _signed_by_all(tmp_path)

    assert not _verify(file, root, SIGNER).others
    with pytest.raises(RefusedError, match=r"sigstore\.jsonl:1: signed by .*\n.*jsonl:2.*\n.*jsonl:3"):
        _verify(file, root, SIGNER.replace(IDENTITY, "absent@example.com"))


def test_a_threshold_that_nobody_can_meet_is_a_fault_of_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f"{SIGNER}[require]\nsignatures = 2\n")

    with pytest.raises(SpecError, match=r"require\.signatures: asks for 2 of 1 signers"):
        read_policy(path)


def test_denied_identities(tmp_path: Path) -> None:
    file, root = _signed_by_all(tmp_path)
    key = fingerprint(read_public(tmp_path / "key.pub"))

    _refuse(file, root, f'{SIGNER}{SECOND}[deny]\nidentities = ["{OTHER}"]\n', f"deny.identities: signed by '{OTHER}'")
    _refuse(file, root, f'{KEY}[deny]\nidentities = ["{key}"]\n', "deny.identities: signed by")
    _verify(file, root, f'{SIGNER}[deny]\nidentities = ["nobody@example.com"]\n')


def test_denied_digests(tmp_path: Path) -> None:
    it = signed(tmp_path)
    container = Container(str(it.file))
    manifest = container.manifest
    assert manifest.base
    sha256 = _verify(it.file, it.trusted_root, SIGNER).subject.sha256
    denied = {
        "the file": sha256,
        "its base": manifest.base.sha256,
        "its input": manifest.inputs[0].sha256,
        "its": next(iter(manifest.artifacts.values())).sha256,
    }
    for what, digest in denied.items():
        text = f'{SIGNER}[deny]\ndigests = ["{"0" * 64}", "{digest.hex()}"]\n'
        _refuse(it.file, it.trusted_root, text, f"deny.digests: {what}.* is {digest.hex()}")
    _verify(it.file, it.trusted_root, f'{SIGNER}[deny]\ndigests = ["{"0" * 64}"]\n')


def test_what_is_denied_is_refused_before_anybodys_signature_is_looked_at(tmp_path: Path) -> None:
    it = signed(tmp_path)
    sha256 = _verify(it.file, it.trusted_root, SIGNER).subject.sha256.hex()
    edit(it.bundle, lambda document: document["messageSignature"].update(signature="AAAA"))
    rulings: list[Ruling] = []
    with pytest.raises(RefusedError, match="deny"):
        _verify(it.file, it.trusted_root, f'{SIGNER}[deny]\ndigests = ["{sha256}"]\n', explain=rulings.append)

    assert [ruling.rule for ruling in rulings] == ["content", "deny.digests"]


def test_a_signature_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it = signed(tmp_path)
    text = f"{SIGNER}[require]\nmax-signature-age-days = 9\n"
    _verify(it.file, it.trusted_root, text)

    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=9, hours=12)
    monkeypatch.setattr("hatch_encoderfile.verification.verify.now", lambda: later)

    _verify(it.file, it.trusted_root, text.replace("9", "10"))
    _refuse(it.file, it.trusted_root, text, "require.max-signature-age-days: .* at most 9 days ago")


def test_a_signature_by_a_key_has_no_age(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    private, _ = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))

    _refuse(file, None, f"{KEY}[require]\nmax-signature-age-days = 9\n", "nobody vouches for when it was signed")


def test_a_model_that_says_nothing_of_its_age(tmp_path: Path) -> None:
    it = signed(tmp_path)
    text = f"{SIGNER}[require]\nmax-model-age-days = 9\n"

    _refuse(it.file, it.trusted_root, text, "require.max-model-age-days: provenance does not say when")


@pytest.mark.parametrize(("days", "holds"), [(31, True), (30, True), (29, False)])
def test_the_age_of_a_model(tmp_path: Path, days: int, holds: bool) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f"{SIGNER}[require]\nmax-model-age-days = {days}\n")
    spec = {"name": "a", "version": "1", "created": "2026-01-01T00:00:00Z"}
    built = Provenance("urn:x", {"spec": spec}, {}, (), "local", {})
    moment = dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc)

    (ruling,) = about_provenance(read_policy(path), built, None, moment)

    assert ruling.holds == holds


@pytest.mark.parametrize(("version", "holds"), [("0", True), ("1.2.3", True), ("1.10", False), ("2.0rc1", False)])
def test_the_lowest_version(tmp_path: Path, version: str, holds: bool) -> None:
    it = signed(tmp_path)
    assert Container(str(it.file)).manifest.version == "1.2.3"
    text = f'{SIGNER}[require]\nmin-version = "{version}"\n'

    if holds:
        _verify(it.file, it.trusted_root, text)
    else:
        _refuse(it.file, it.trusted_root, text, f"require.min-version: version '1.2.3', {version} or later is required")


def test_build_types(tmp_path: Path) -> None:
    it = signed(tmp_path)
    own = "urn:hatch-encoderfile:buildtype:encoderfile-v1"

    assert _verify(it.file, it.trusted_root, f'{SIGNER}[allow]\nbuild-types = ["{own}"]\n').built
    _refuse(
        it.file, it.trusted_root, f'{SIGNER}[allow]\nbuild-types = ["https://x/"]\n', "allow.build-types: build type"
    )


def test_the_rule_that_decided_is_said(tmp_path: Path) -> None:
    it = signed(tmp_path)
    rulings: list[Ruling] = []

    with pytest.raises(RefusedError):
        _verify(it.file, it.trusted_root, f'{SIGNER}[allow]\nbases = []\nsources = ["pkg:*"]\n', explain=rulings.append)

    assert [(ruling.rule, ruling.holds) for ruling in rulings] == [
        ("content", True),
        ("signature", True),
        ("provenance", True),
        ("SBOM", True),
        ("provenance", True),
        ("allow.bases", False),
        ("allow.sources", True),
    ]


def test_more_bundles_than_anybody_signs(tmp_path: Path) -> None:
    it = signed(tmp_path)
    line = it.bundle.read_bytes().replace(b"\n", b"")
    several = sidecars.message_bundles(it.file)
    several.write_bytes(b"\n".join([line] * 33))

    with pytest.raises(RefusedError, match="has 33 bundles, expected 1 to 32"):
        verify(str(it.file), it.demand())
