"""What a verification has found, for machines and for people: what was checked, by what, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.escaping import printable

from .origin import source_of, vouches

if TYPE_CHECKING:
    import datetime as dt

    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.slsa import Provenance
    from hatch_encoderfile.signatures.subject import Subject

    from .demand import Demand


class Outcome(NamedTuple):
    """A verification in which everything held.

    Attributes:
        moment: when.
        signature: of the file, or of the verification summary that stood for it.
        others: more signatures of the file that count.
        built: what provenance says.
        summary: the signature, where it is of a summary.
    """

    subject: Subject
    demand: Demand
    moment: dt.datetime
    signature: Signature
    provenance: Signature | None = None
    sbom: Signature | None = None
    others: tuple[Signature, ...] = ()
    built: Provenance | None = None
    summary: Signature | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        subject, policy = self.subject, self.demand.policy
        return {
            "file": subject.name,
            "verified": True,
            "sha256": subject.sha256.hex(),
            "content": subject.report.as_json() if subject.report else None,
            "signature": None if self.summary else _signature(self.signature),
            "other_signatures": [_signature(item) for item in self.others],
            "provenance": _signature(self.provenance) | self._built() if self.provenance else None,
            "summary": _signature(self.summary) or None,
            "sbom": _signature(self.sbom) or None,
            "trusted_root": self._root(),
            "policy": str(policy.path) if policy else None,
            "not_checked": self.not_checked(),
            "warnings": self.warnings(),
        }

    def _built(self) -> dict[str, Any]:
        built = self.built
        uri, commit = source_of(built) if built else ("", "")
        return {
            "builder": built.builder if built else None,
            "builder_vouched": self._is_vouched(),
            "source": uri or None,
            "commit": commit or None,
            "source_vouched": self._is_source_vouched(),
        }

    def _is_vouched(self) -> bool:
        """Whether the certificate says who built."""
        claims = self.provenance.claims if self.provenance else None
        return self.built is not None and vouches(claims, self.built.builder)

    def _is_source_vouched(self) -> bool:
        """Whether the certificate says of which repository and commit; what contradicts it has been refused."""
        claims = self.provenance.claims if self.provenance else None
        return bool(claims and claims.source_repository and claims.source_digest)

    def warnings(self) -> list[str]:
        """What held, and may not for long."""
        root = self._root()
        return self.demand.trust.warnings(self.moment) if root else []

    def not_checked(self) -> list[str]:
        """What a reader might take for checked, and was not."""
        missing = []
        if self.summary:
            return ["signature, papers and what the policy allows: a verification summary stands for them"]
        if self.subject.report is None:
            missing.append("what is in the file: it was taken as it is")
        if self.signature.claims is None and not self.signature.times:
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
        signatures = [("summary" if self.summary else "signature", item) for item in (self.signature, *self.others)]
        papers = (("provenance", self.provenance), ("SBOM", self.sbom))
        for what, found in (*signatures, *papers):
            if found:
                lines += _row(what, _by(found))
                lines += _row("", f"in {found.bundle}")
        if self.built:
            by = "" if self._is_vouched() else ", the signer claims"
            lines += _row("built by", f"{self.built.builder}{by}")
            uri, commit = source_of(self.built)
            if uri or commit:
                by = "" if self._is_source_vouched() else ", the signer claims"
                lines += _row("built from", f"{' '.join(filter(None, (uri, commit)))}{by}")
        if policy:
            lines += _row("policy", str(policy.path))
        if root := self._root():
            lines += _row("trusted root", root)
        return "\n".join([*lines, "not checked", *(f"  {item}" for item in self.not_checked())])

    def _root(self) -> str | None:
        """The trusted root, where one was needed."""
        used = (self.signature, *self.others)
        return str(self.demand.trust) if any(item.claims or item.times for item in used) else None


def _row(name: str, value: str) -> list[str]:
    return [f"  {name:<12}  {printable(value)}"]


def _by(signature: Signature) -> str:
    claims = signature.claims
    if claims is None:
        return f"by the key {signature.key}"
    source = f", from {claims.source_repository} at {claims.source_ref}" if claims.source_repository else ""
    return f"by {claims.identity} (issuer {claims.issuer}){source}"


def _signature(signature: Signature | None) -> dict[str, Any]:
    if signature is None:
        return {}
    statement = signature.statement
    return {
        "bundle": signature.bundle,
        "signer": signature.claims._asdict() if signature.claims else None,
        "key": signature.key or None,
        "predicate_type": statement.predicate_type if statement else None,
        "times": [moment.isoformat() for moment in signature.times],
    }
