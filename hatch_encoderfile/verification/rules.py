"""The rules of a policy, each with what it found: a refusal names the rule, and `verify --explain` shows them all."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from packaging.version import InvalidVersion, Version

from hatch_encoderfile.signatures.slsa import LOCAL
from hatch_encoderfile.standards.spdx import allows

from .origin import vouches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from encoderfile_runtime.format.manifest import Manifest
    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.claims import Claims
    from hatch_encoderfile.signatures.slsa import Provenance
    from hatch_encoderfile.signatures.subject import Subject

    from .policy import Policy

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY = dt.timedelta(days=1)


class Ruling(NamedTuple):
    """What a rule made of a file.

    Attributes:
        rule: its key in the policy, or the step of verification.
        holds: whether the file may pass.
        said: what was found, in words.
    """

    rule: str
    holds: bool
    said: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.said}"


def about_manifest(policy: Policy, manifest: Manifest) -> Iterator[Ruling]:
    """What a file says of itself: base, licence, source, version."""
    if policy.bases is not None:
        base = manifest.base.sha256.hex() if manifest.base else "none recorded"
        yield _allowed("allow.bases", f"base {base}", base in policy.bases)
    if policy.licenses is not None:
        holds = allows(manifest.license, policy.licenses)
        yield _allowed("allow.licenses", f"licence {manifest.license or 'none declared'!r}", holds)
    if policy.sources is not None:
        holds = _matches(manifest.source, policy.sources)
        yield _allowed("allow.sources", f"source {manifest.source or 'none declared'!r}", holds)
    if policy.min_version is not None:
        try:
            holds = Version(manifest.version) >= Version(policy.min_version)
            said = f"version {manifest.version!r}, {policy.min_version} or later"
        except InvalidVersion:
            holds, said = False, f"version {manifest.version!r} is none that can be compared (PEP 440)"
        yield Ruling("require.min-version", holds, said if holds else f"{said} is required")


def about_denied(policy: Policy, subject: Subject) -> Iterator[Ruling]:
    """Whether a file is, or holds, what is denied."""
    if not policy.denied_digests:
        return
    held = {subject.sha256.hex(): "the file"}
    if manifest := subject.manifest:
        held |= {item.sha256.hex(): f"its input {item.path!r}" for item in manifest.inputs}
        held |= {item.sha256.hex(): f"its {name}" for name, item in manifest.artifacts.items()}
        held |= {item.raw_sha256.hex(): f"its {item.name!r}" for item in manifest.attachments}
        if manifest.base:
            held[manifest.base.sha256.hex()] = "its base"
    if subject.report:
        held |= {part.sha256.hex(): f"its {part.name}" for part in subject.report.parts}
        held[subject.report.content_id] = "its content"
    found = [f"{held[digest]} is {digest}" for digest in policy.denied_digests if digest in held]
    yield Ruling("deny.digests", not found, "; ".join(found) or f"none of {len(policy.denied_digests)} digests")


def about_signatures(policy: Policy, signatures: Iterable[Signature], now: dt.datetime) -> Iterator[Ruling]:
    """Who signed what lies beside the file, and when."""
    found = list(signatures)
    if policy.denied_identities:
        names = {name for item in found for name in (item.key, item.claims.identity if item.claims else "") if name}
        denied = sorted(names & {*policy.denied_identities})
        said = f"signed by {denied[0]!r}" if denied else f"none of {len(policy.denied_identities)} identities"
        yield Ruling("deny.identities", not denied, said)
    if policy.max_signature_age_days is not None:
        for item in found:
            yield _age("require.max-signature-age-days", item.bundle, min(item.times, default=None), policy, now)


def _age(rule: str, what: str, moment: dt.datetime | None, policy: Policy, now: dt.datetime) -> Ruling:
    most = policy.max_signature_age_days or 0
    if moment is None:
        return Ruling(rule, False, f"{what}: nobody vouches for when it was signed")
    return Ruling(rule, _is_recent(moment, most, now), f"{what}: signed {_date(moment)}, at most {most} days ago")


def about_provenance(
    policy: Policy, provenance: Provenance | None, claims: Claims | None, now: dt.datetime
) -> Iterator[Ruling]:
    """Who built the file, how, and from a model of what age."""
    if policy.builders is not None:
        builder = provenance.builder if provenance else ""
        if not builder:
            yield Ruling("allow.builders", False, "builder 'none: there is no provenance' is not allowed")
        elif builder != LOCAL and not vouches(claims, builder):
            yield Ruling(
                "allow.builders", False, f"builder {builder!r} is what the signer claims: no certificate says so"
            )
        else:
            yield _allowed("allow.builders", f"builder {builder!r}", builder in policy.builders)
    if policy.build_types is not None:
        kind = provenance.build_type if provenance else "none: there is no provenance"
        yield _allowed("allow.build-types", f"build type {kind!r}", kind in policy.build_types)
    if policy.max_model_age_days is not None:
        most, created = policy.max_model_age_days, _created(provenance)
        said = f"the model was made {_date(created)}" if created else "provenance does not say when the model was made"
        holds = created is not None and _is_recent(created, most, now)
        yield Ruling("require.max-model-age-days", holds, f"{said}, at most {most} days ago is required")


def _created(provenance: Provenance | None) -> dt.datetime | None:
    spec = provenance.parameters.get("spec") if provenance else None
    return moment_of(spec.get("created")) if isinstance(spec, dict) else None


def moment_of(text: object) -> dt.datetime | None:
    """A moment as statements have it, `2021-08-30T00:00:00Z`; None where it is none."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text[:-1]).replace(tzinfo=dt.timezone.utc)
    except ValueError:
        return None


def _is_recent(moment: dt.datetime, days: int, now: dt.datetime) -> bool:
    """Whether it is at most that many days ago; what is still to come is of a wrong clock, but for a day."""
    return -_DAY <= now - moment <= days * _DAY


def is_recent(moment: dt.datetime | None, days: int, now: dt.datetime) -> bool:
    """The same, where nothing known is not recent."""
    return moment is not None and _is_recent(moment, days, now)


def _date(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _allowed(rule: str, what: str, holds: bool) -> Ruling:
    return Ruling(rule, holds, f"{what} is allowed" if holds else f"{what} is not allowed")


def _matches(value: str, allowed: Iterable[str]) -> bool:
    if not value:
        return False
    return any(_begins(value, item[:-1]) if item.endswith("*") else value == item for item in allowed)


def _begins(value: str, prefix: str) -> bool:
    """Whether the value is the prefix and more of its path: a `?repository_url=` or a `..` would lead elsewhere."""
    rest = unquote(value.removeprefix(prefix))
    return value.startswith(prefix) and not any(mark in rest for mark in ("?", "#", ".."))
