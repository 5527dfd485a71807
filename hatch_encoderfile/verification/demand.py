"""What somebody who verifies a signature asks for, from the command line and a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.signatures import identity_pattern
from hatch_encoderfile.signatures.signers import CLAIMED, Identity, Key, Signer
from hatch_encoderfile.signatures.trust import Trust

if TYPE_CHECKING:
    from pathlib import Path

    from .policy import Policy


class Demand(NamedTuple):
    """What has to hold.

    Attributes:
        signers: one of them has to have signed; empty only where a verification summary has to stand for that.
        trust: where the trusted root comes from.
        bundle: the bundle, where it does not lie beside the file.
        provenance: whether signed provenance is required.
        sbom: whether a signed SBOM is required.
        policy: what the file may be made of.
    """

    signers: tuple[Signer, ...]
    trust: Trust = Trust()
    bundle: Path | None = None
    provenance: bool = False
    sbom: bool = False
    policy: Policy | None = None


class Options(NamedTuple):
    """The options as they were given."""

    identity: str | None = None
    identity_regex: str | None = None
    issuer: str | None = None
    source_repository: str | None = None
    source_ref: str | None = None
    source_digest: str | None = None
    trigger: str | None = None
    runner_environment: str | None = None
    key: Path | None = None
    bundle: Path | None = None
    trusted_root: Path | None = None
    trust_config: Path | None = None
    refresh: bool = False
    require_provenance: bool = False
    require_sbom: bool = False
    policy: Path | None = None


def demand(options: Options) -> Demand:
    """What the options ask for.

    Raises:
        UsageError: they contradict each other, are empty, or do not say who may sign.
        SpecError: the policy has faults.
    """
    # A CI variable that is not set: taking it for "any" would drop the check.
    for name, value in options._asdict().items():
        if value == "":
            raise UsageError(f"{_flag(name)} is empty: is a variable not set?")
    policy = _read_policy(options.policy) if options.policy is not None else None
    # What is asked for by name is looked at, whatever somebody else has said of it.
    if policy is not None and policy.summary:
        asked = [name for name in ("bundle", "require_provenance", "require_sbom") if _given(options, name)]
        if asked:
            raise UsageError(
                f"{policy.path} accepts a verification summary in place of that: leave {_flag(asked[0])} out"
            )
    roots = [name for name in ("trusted_root", "trust_config", "refresh") if _given(options, name)]
    if len(roots) > 1:
        raise UsageError(f"{' and '.join(map(_flag, roots))} exclude each other: the trusted root has one source")
    return Demand(
        _signers(options, policy),
        Trust(options.trusted_root, options.trust_config, options.refresh),
        options.bundle,
        options.require_provenance or bool(policy and policy.needs_provenance),
        options.require_sbom or bool(policy and policy.sbom),
        policy,
    )


def _read_policy(path: Path) -> Policy:
    from .policy import read_policy

    return read_policy(path)


def _signers(options: Options, policy: Policy | None) -> tuple[Signer, ...]:
    who = [name for name in ("identity", "identity_regex", "key") if _given(options, name)]
    rest = [name for name in ("issuer", *CLAIMED) if _given(options, name)]
    if policy is not None and policy.signers:
        if given := [*who, *rest]:
            raise UsageError(f"{policy.path} says who may sign: leave {_flag(given[0])} out")
        return policy.signers
    if policy is not None and policy.summary and not (who or rest):
        return ()  # what a verification summary does not stand for, nobody may sign
    if len(who) != 1:
        raise UsageError("who may have signed? give one of --identity, --identity-regex, --key, or a policy that says")
    if options.key is not None:
        if rest:
            raise UsageError(f"{_flag(rest[0])} does not go with --key: a key has no certificate")
        return (Key(options.key),)
    if options.issuer is None:
        raise UsageError("--issuer is missing: who said that the signer is that identity?")
    try:
        identity_pattern.check(options.identity_regex or "")
    except ValueError as error:
        raise UsageError(f"--identity-regex: {error}") from None
    claimed = {name: getattr(options, name) for name in CLAIMED}
    return (Identity(options.identity, options.identity_regex, options.issuer, **claimed),)


def _given(options: Options, name: str) -> bool:
    return getattr(options, name) not in (None, False)


def _flag(name: str) -> str:
    known = {"source_repository": "--source-repo"}
    return known.get(name, f"--{name.replace('_', '-')}")
