"""What a verification has found, for machines and for people: what was checked, by what, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.escaping import printable
from hatch_encoderfile.signatures.intoto import builder_of

if TYPE_CHECKING:
    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.subject import Subject

    from .demand import Demand


class Outcome(NamedTuple):
    """A verification in which everything held."""

    subject: Subject
    demand: Demand
    signature: Signature
    provenance: Signature | None
    sbom: Signature | None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        subject, policy = self.subject, self.demand.policy
        return {
            "file": subject.name,
            "verified": True,
            "sha256": subject.sha256.hex(),
            "content": subject.report.as_json() if subject.report else None,
            "signature": _signature(self.signature),
            "provenance": _signature(self.provenance),
            "sbom": _signature(self.sbom),
            "trusted_root": self._root(),
            "policy": str(policy.path) if policy else None,
            "not_checked": self.not_checked(),
        }

    def not_checked(self) -> list[str]:
        """What a reader might take for checked, and was not."""
        missing = []
        if self.subject.report is None:
            missing.append("what is in the file: it was taken as it is")
        if self.signature.claims is None:
            missing.append("when it was signed: a signature by a key has no certificate, timestamp or log entry")
        if self.provenance is None:
            missing.append("what it was built from: no signed provenance")
        if self.sbom is None:
            missing.append("what it contains in the words of an SBOM: none is signed")
        if self.demand.policy is None:
            missing.append("whether you want this base, licence and source: no policy")
        return missing

    def as_text(self) -> str:
        """Lines for people."""
        subject, policy = self.subject, self.demand.policy
        lines = [f"{printable(subject.name)}: verified"]
        if subject.report:
            count = len(subject.report.parts)
            every = "every byte accounted for" if not subject.report.uncovered else "as far as its format goes"
            lines += _row("bytes", f"{count} parts hashed as recorded, {every}")
            lines += _row("content id", subject.report.content_id)
        lines += _row("sha256", subject.sha256.hex())
        for what, found in (("signature", self.signature), ("provenance", self.provenance), ("SBOM", self.sbom)):
            if found:
                lines += _row(what, _by(found))
                lines += _row("", f"in {found.bundle}")
        if self.provenance and self.provenance.statement:
            lines += _row("built by", builder_of(self.provenance.statement) or "a builder that is not named")
        if policy:
            lines += _row("policy", str(policy.path))
        if root := self._root():
            lines += _row("trusted root", root)
        return "\n".join([*lines, "not checked", *(f"  {item}" for item in self.not_checked())])

    def _root(self) -> str | None:
        """The trusted root, where one was needed."""
        return str(self.demand.trust) if self.signature.claims else None


def _row(name: str, value: str) -> list[str]:
    return [f"  {name:<12}  {printable(value)}"]


def _by(signature: Signature) -> str:
    claims = signature.claims
    if claims is None:
        return f"by the key {signature.key}"
    source = f", from {claims.source_repository} at {claims.source_ref}" if claims.source_repository else ""
    return f"by {claims.identity} (issuer {claims.issuer}){source}"


def _signature(signature: Signature | None) -> dict[str, Any] | None:
    if signature is None:
        return None
    statement = signature.statement
    return {
        "bundle": signature.bundle,
        "signer": signature.claims._asdict() if signature.claims else None,
        "key": signature.key or None,
        "predicate_type": statement.predicate_type if statement else None,
        "builder": builder_of(statement) if statement else None,
    }
