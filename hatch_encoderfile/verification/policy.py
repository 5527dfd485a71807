"""A policy: who may sign, and what a file may be made of. One TOML file that a consumer keeps beside its deployment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from encoderfile_runtime.errors import SpecError, UsageError
from encoderfile_runtime.files import read_file, reason
from hatch_encoderfile.schema.reader import Reader, Style
from hatch_encoderfile.signatures.intoto import builder_of
from hatch_encoderfile.signatures.signers import Identity, Key, Signer
from hatch_encoderfile.standards.spdx import allows

from .policy_fields import POLICY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from encoderfile_runtime.format.manifest import Manifest
    from hatch_encoderfile.signatures.intoto import Statement

_LARGEST = 1 << 20  # bytes


class Policy(NamedTuple):
    """A policy as it was read; None where it does not limit something.

    Attributes:
        signers: any one of them has to have signed.
        bases: SHA-256 of base binaries, in hex.
        licenses: names that a file's licence expression may need.
        sources: where a model may be from; a `*` at the end stands for the rest of a path.
        builders: the builder ids that provenance may name.
    """

    path: Path
    signers: tuple[Signer, ...]
    provenance: bool
    sbom: bool
    bases: tuple[str, ...] | None
    licenses: tuple[str, ...] | None
    sources: tuple[str, ...] | None
    builders: tuple[str, ...] | None

    @property
    def needs_manifest(self) -> bool:
        """Whether it limits what only an encoderfile can say."""
        return (self.bases, self.licenses, self.sources) != (None, None, None)


def read_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        SpecError: its faults, all of them.
        UsageError: it cannot be read.
    """
    try:
        text = read_file(path, _LARGEST).decode()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {reason(error)}") from None
    reader = Reader(Style.TOML, path.absolute().parent)
    values = POLICY.read(_parse(text, path), "", reader)
    signers = tuple(_signer(item, f"signers[{index}]", reader) for index, item in enumerate(values["signers"] or ()))
    if reader.faults:
        raise SpecError(str(path), reader.faults)
    require, allow = values["require"] or {}, values["allow"] or {}
    limits = (allow.get(name) for name in ("bases", "licenses", "sources", "builders"))
    return Policy(
        path,
        tuple(signer for signer in signers if signer),
        bool(require.get("provenance")),
        bool(require.get("sbom")),
        *limits,
    )


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(str(path), [str(error)]) from None


def _signer(values: dict[str, Any], key: str, reader: Reader) -> Signer | None:
    """A signer of the three kinds; the table says of its keys only what they may be alone."""
    who = [name for name in ("identity", "identity_regex", "key") if values.get(name) is not None]
    if len(who) != 1:
        reader.fault(key, "expected one of 'identity', 'identity-regex' and 'key'")
        return None
    rest = [name for name in ("issuer", "source_repository", "source_ref") if values.get(name) is not None]
    if who == ["key"]:
        if rest:
            reader.fault(key, f"{rest[0].replace('_', '-')!r} does not go with a key, which has no certificate")
        return Key(values["key"])
    if "issuer" not in rest:
        reader.fault(key, "'issuer' is missing: anybody's provider could say that identity")
        return None
    return Identity(
        values.get("identity"),
        values.get("identity_regex"),
        values["issuer"],
        values.get("source_repository"),
        values.get("source_ref"),
    )


def objections(policy: Policy, manifest: Manifest | None, provenance: Statement | None) -> list[str]:
    """What about a file and its provenance the policy does not allow, a line each."""
    found = []
    if manifest:
        base = manifest.base.sha256.hex() if manifest.base else "none recorded"
        if policy.bases is not None and base not in policy.bases:
            found.append(f"base {base} is not allowed")
        if policy.licenses is not None and not allows(manifest.license, policy.licenses):
            found.append(f"licence {manifest.license or 'none declared'!r} is not allowed")
        if policy.sources is not None and not _matches(manifest.source, policy.sources):
            found.append(f"source {manifest.source or 'none declared'!r} is not allowed")
    if policy.builders is not None:
        builder = builder_of(provenance) if provenance else "none: there is no provenance"
        if builder not in policy.builders:
            found.append(f"builder {builder!r} is not allowed")
    return found


def _matches(value: str, allowed: Iterable[str]) -> bool:
    if not value:
        return False
    return any(_begins(value, item[:-1]) if item.endswith("*") else value == item for item in allowed)


def _begins(value: str, prefix: str) -> bool:
    """Whether the value is the prefix and more of its path: a `?repository_url=` or a `..` would lead elsewhere."""
    rest = unquote(value.removeprefix(prefix))
    return value.startswith(prefix) and not any(mark in rest for mark in ("?", "#", ".."))
