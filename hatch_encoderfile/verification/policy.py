"""A policy: who may sign, and what a file may be made of. One TOML file that a consumer keeps beside its deployment."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import SpecError, UsageError
from hatch_encoderfile.files import limits
from hatch_encoderfile.schema.reader import Reader, Style
from hatch_encoderfile.signatures.signers import CLAIMED, Identity, Key, Signer
from hatch_encoderfile.standards import toml

from .policy_fields import POLICY

if TYPE_CHECKING:
    from pathlib import Path


class Summary(NamedTuple):
    """Whose verification counts in place of one's own."""

    signers: tuple[Signer, ...]
    policies: tuple[str, ...]
    levels: tuple[str, ...]
    max_age_days: int | None


class Policy(NamedTuple):
    """A policy as it was read; None where it does not limit something.

    Attributes:
        signers: of these as many as `signatures` says have to have signed.
        kinds: of each kind of signer at least one.
        bases: SHA-256 of base binaries, in hex.
        licenses: names that a file's licence expression may need.
        sources: where a model may be from; a `*` at the end stands for the rest of a path.
        builders: the builder ids that provenance may name.
        denied_digests: what a file may neither be nor hold.
        denied_identities: who may not have signed.
        sha256: of the policy itself, in hex.
    """

    path: Path
    signers: tuple[Signer, ...]
    provenance: bool = False
    sbom: bool = False
    signatures: int = 1
    kinds: tuple[str, ...] = ()
    max_signature_age_days: int | None = None
    max_model_age_days: int | None = None
    min_version: str | None = None
    bases: tuple[str, ...] | None = None
    licenses: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    builders: tuple[str, ...] | None = None
    build_types: tuple[str, ...] | None = None
    denied_digests: tuple[str, ...] = ()
    denied_identities: tuple[str, ...] = ()
    summary: Summary | None = None
    sha256: str = ""

    @property
    def needs_manifest(self) -> bool:
        """Whether it limits what only an encoderfile can say."""
        return (self.bases, self.licenses, self.sources, self.min_version) != (None,) * 4

    @property
    def needs_provenance(self) -> bool:
        """Whether it limits what only provenance can say, or asks for one."""
        return self.provenance or (self.builders, self.build_types, self.max_model_age_days) != (None,) * 3


def read_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        SpecError: its faults, all of them.
        UsageError: it cannot be read.
    """
    try:
        data = limits.POLICY.read(path)
        document = toml.parse(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SpecError(str(path), [str(error)]) from None
    reader = Reader(Style.TOML, path.absolute().parent)
    values = POLICY.read(document, "", reader)
    signers = _signers(values["signers"], "signers", reader)
    require, allow, deny = (values[name] or {} for name in ("require", "allow", "deny"))
    summary = values["summary"]
    accepted = (
        Summary(
            _signers(summary.get("signers"), "summary.signers", reader),
            summary.get("policies") or (),
            summary.get("levels") or (),
            summary.get("max_age_days"),
        )
        if summary is not None
        else None
    )
    if (wanted := require.get("signatures") or 1) > max(len(signers), 1):
        reader.fault("require.signatures", f"asks for {wanted} of {len(signers)} signers")
    if reader.faults:
        raise SpecError(str(path), reader.faults)
    return Policy(
        path,
        signers,
        provenance=bool(require.get("provenance")),
        sbom=bool(require.get("sbom")),
        signatures=wanted,
        kinds=require.get("kinds") or (),
        max_signature_age_days=require.get("max_signature_age_days"),
        max_model_age_days=require.get("max_model_age_days"),
        min_version=require.get("min_version"),
        bases=allow.get("bases"),
        licenses=allow.get("licenses"),
        sources=allow.get("sources"),
        builders=allow.get("builders"),
        build_types=allow.get("build_types"),
        denied_digests=deny.get("digests") or (),
        denied_identities=deny.get("identities") or (),
        summary=accepted,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _signers(values: list[dict[str, Any]] | None, key: str, reader: Reader) -> tuple[Signer, ...]:
    found = [_signer(item, f"{key}[{index}]", reader) for index, item in enumerate(values or ())]
    return tuple(signer for signer in found if signer)


def _signer(values: dict[str, Any], key: str, reader: Reader) -> Signer | None:
    """A signer of the three kinds; the table says of its keys only what they may be alone."""
    who = [name for name in ("identity", "identity_regex", "key") if values.get(name) is not None]
    if len(who) != 1:
        reader.fault(key, "expected one of 'identity', 'identity-regex' and 'key'")
        return None
    rest = [name for name in ("issuer", *CLAIMED) if values.get(name) is not None]
    if who == ["key"]:
        if rest:
            reader.fault(key, f"{rest[0].replace('_', '-')!r} does not go with a key, which has no certificate")
        return Key(values["key"])
    if "issuer" not in rest:
        reader.fault(key, "'issuer' is missing: anybody's provider could say that identity")
        return None
    claimed = {name: values.get(name) for name in CLAIMED}
    return Identity(values.get("identity"), values.get("identity_regex"), values["issuer"], **claimed)
