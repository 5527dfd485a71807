"""SLSA verification summaries (https://slsa.dev/spec/v1.1/verification_summary): one who has checked a file says so to others.

A summary says which policy held. Signed by a verifier that a policy names, it may stand for what that verifier looked at.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files.atomic import atomic_output
from hatch_encoderfile.signatures import intoto, sidecars

from .rules import Ruling, is_recent, moment_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from hatch_encoderfile.signatures.check import Signature

    from .policy import Summary
    from .report import Outcome

VERIFIER = "urn:hatch-encoderfile:verifier:verify-sigstore-v1"
SLSA_VERSION = "1.1"
# Provenance that a build makes of itself is Build L1; what more a platform's may be worth is for a policy to say.
BUILT, UNEVALUATED = "SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_UNEVALUATED"
_PASSED = "PASSED"


def write(path: Path, outcome: Outcome) -> None:
    """Write what was verified as an in-toto statement, for `encoderfile sign` to sign.

    Raises:
        UsageError: there is no policy, or a summary was taken for the verification: nobody should vouch for what they did not see.
        OSError: the file cannot be written.
    """
    policy = outcome.demand.policy
    if policy is None or outcome.summary is not None:
        raise UsageError("a verification summary needs a policy, and a verification that is not itself by a summary")
    used = [outcome.signature, *outcome.others, *filter(None, (outcome.provenance, outcome.sbom))]
    predicate: dict[str, Any] = {
        "verifier": {"id": VERIFIER, "version": {"hatch-encoderfile": __version__}},
        "timeVerified": outcome.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resourceUri": _resource(outcome),
        "policy": {"uri": quote(policy.path.name), "digest": {"sha256": policy.sha256}},
        "inputAttestations": [_attestation(item) for item in {item.bundle: item for item in used}.values()],
        "verificationResult": _PASSED,
        "verifiedLevels": [BUILT if outcome.provenance else UNEVALUATED],
        "slsaVersion": SLSA_VERSION,
    }
    subject = outcome.subject
    name = subject.path.name if subject.path else subject.name
    made = intoto.make(sidecars.SUMMARY.predicate_type, name, subject.sha256.hex(), predicate)
    with atomic_output(path) as file:
        file.write(made.data)


def _resource(outcome: Outcome) -> str:
    """What was verified, as a package URL: by name and version where the file has them."""
    subject, manifest = outcome.subject, outcome.subject.manifest
    checksum = f"?checksum=sha256:{subject.sha256.hex()}"
    if manifest:
        return f"pkg:generic/{quote(manifest.name, safe='')}@{quote(manifest.version, safe='')}{checksum}"
    return f"pkg:generic/{quote(subject.path.name if subject.path else 'file', safe='')}{checksum}"


def _attestation(signature: Signature) -> dict[str, Any]:
    name = signature.bundle.replace("\\", "/").rsplit("/", 1)[-1]
    return {"uri": quote(name, safe=":"), "digest": {"sha256": hashlib.sha256(signature.data).hexdigest()}}


def rulings(accepted: Summary, statement: intoto.Statement, moment: dt.datetime) -> Iterator[Ruling]:
    """What a policy makes of a summary that one of its signers has signed about this file."""
    said = statement.predicate
    verifier, policy, levels = (said.get(key) for key in ("verifier", "policy", "verifiedLevels"))
    name = verifier.get("id") if isinstance(verifier, dict) else None
    yield Ruling("summary.verifier", name == VERIFIER, f"verifier {name!r}, expected {VERIFIER!r}")
    result = said.get("verificationResult")
    yield Ruling("summary", result == _PASSED, f"verification result {result!r}, expected {_PASSED!r}")
    digests = policy.get("digest") if isinstance(policy, dict) else None
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    holds = digest in accepted.policies
    yield Ruling("summary.policies", holds, f"policy {digest!r} is {'' if holds else 'not '}accepted")
    named = [level for level in levels if isinstance(level, str)] if isinstance(levels, list) else []
    missing = [level for level in accepted.levels if level not in named]
    yield Ruling("summary.levels", not missing, f"levels {named}{f', without {missing[0]}' if missing else ''}")
    verified = moment_of(said.get("timeVerified"))
    days = accepted.max_age_days
    fresh = verified is not None if days is None else is_recent(verified, days, moment)
    limit = "" if days is None else f", at most {days} days ago is required"
    yield Ruling("summary.max-age-days", fresh, f"verified {said.get('timeVerified')!r}{limit}")
