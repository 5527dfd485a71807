"""Verify that a file is what named signers signed. Offline; whatever cannot be checked is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.files import limits
from hatch_encoderfile.signatures import bundles, intoto, sidecars, slsa
from hatch_encoderfile.signatures import check as signature
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError, refusing
from hatch_encoderfile.signatures.subject import read_any, read_encoderfile

from .origin import contradictions, vouches
from .report import Outcome
from .rules import Ruling, about_denied, about_manifest, about_provenance, about_signatures
from .threshold import about_thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hatch_encoderfile.signatures.bundles import Bundle
    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.subject import Subject

    from .demand import Demand
    from .policy import Policy

    Explain = Callable[[Ruling], None]


def verify(
    name: str,
    demand: Demand,
    *,
    any_file: bool = False,
    progress: Callable[[int], None] | None = None,
    explain: Explain | None = None,
) -> Outcome:
    """Check a file, its signature and what is signed about it.

    Args:
        name: the file; with `any_file` also `sha256:HEX`.
        demand: what has to hold.
        any_file: the file is no encoderfile: check its signature, not what is in it.
        progress: told how many bytes have been read, piece by piece.
        explain: told what each rule found, in the order in which they are looked at.

    Raises:
        MissingSignatureError: a bundle that is needed is not there.
        IntegrityError: the file is not what its manifest says.
        RefusedError: a signature or the policy does not hold, or could not be checked.
        UsageError: what was asked for makes no sense.
        EncoderfileError: there is no such file.
    """
    with refusing(name):
        return _Verification(demand, explain or (lambda _: None)).run(name, any_file=any_file, progress=progress)


def now() -> dt.datetime:
    """The time of a verification."""
    return dt.datetime.now(dt.timezone.utc)


class _Verification:
    """One verification: each step says what it found, and the first that does not hold ends it."""

    def __init__(self, demand: Demand, explain: Explain) -> None:
        self._demand = demand
        self._explain = explain
        self._now = now()

    def run(self, name: str, *, any_file: bool, progress: Callable[[int], None] | None) -> Outcome:
        demand = self._demand
        _check_sense(name, demand, any_file=any_file)
        summary = None if name.startswith("sha256:") else self._summary_bundle(Path(name))
        if not summary and not demand.signers:
            raise MissingSignatureError(
                f"{name}: no verification summary beside it, and the policy names no other signers"
            )
        # 1. A bundle is there. Threat: somebody takes the signature away, and hopes that its absence is passed over.
        found = [] if summary else _bundles(name, demand.bundle)
        # 2. Every byte is what the manifest accounts for, and the same read gives the whole file's digest.
        #    Threat: bytes that change between the read that is checked and the read that is hashed; bytes in no part.
        subject = read_any(name, progress) if any_file else read_encoderfile(Path(name), progress)
        what = "every byte is accounted for" if subject.report else "the file was hashed as it is"
        self._explain(Ruling("content", True, what))
        if demand.policy:
            self._hold(subject, about_denied(demand.policy, subject))
        if summary and demand.policy:
            by = self._by_summary(subject, summary, demand.policy)
            return Outcome(subject, demand, self._now, by, summary=by)
        # 3. The signature is over this digest, by a key that a CA of the trusted root certified, at a time when the
        #    certificate was valid, and it is in the log. Threat: a forged signature, a stolen expired key, a secret signing.
        # 4. The certificate's holder is who was asked for. Threat: a valid signature by somebody else.
        # 5. A statement is of a type that counts, and about this file. Threat: a true statement about something else.
        signed, *others = signatures = self._signatures(found, subject)
        # 6. Provenance and SBOM are by the same signer and about this file, the plain ones say what the signed ones say, and
        #    provenance says nothing that the certificate does not. Threat: papers of another build; papers that people read,
        #    and nobody signed; a signer who claims to be a builder that they are not.
        provenance = self._attestation(subject, sidecars.PROVENANCE, signatures, required=demand.provenance)
        sbom = self._attestation(subject, sidecars.SBOM, signatures, required=demand.sbom)
        built = self._provenance(subject, provenance, signatures)
        # 7. The file is made of what the policy allows. Threat: the right signer, the wrong model.
        if policy := demand.policy:
            papers = [item for item in (provenance, sbom) if item and item not in signatures]
            claims = provenance.claims if provenance else None
            self._hold(
                subject,
                [
                    *about_signatures(policy, [*signatures, *papers], self._now),
                    *(about_manifest(policy, subject.manifest) if subject.manifest else ()),
                    *about_provenance(policy, built, claims, self._now),
                ],
            )
        return Outcome(subject, demand, self._now, signed, provenance, sbom, tuple(others), built)

    def _hold(self, subject: Subject, rulings: Iterable[Ruling]) -> None:
        """Refuse the file if a rule of the policy does not hold; every one is looked at."""
        found = list(rulings)
        for ruling in found:
            self._explain(ruling)
        if faults := [str(ruling) for ruling in found if not ruling.holds]:
            policy = self._demand.policy
            raise RefusedError(f"{subject.name}: {policy.path}" if policy else subject.name, faults)

    def _signatures(self, found: list[Bundle], subject: Subject) -> list[Signature]:
        """The signatures that count; as many signers as the policy wants have to have made them."""
        demand, policy = self._demand, self._demand.policy
        counted, faults = [], []
        for bundle in found:
            try:
                checked = signature.check(bundle, subject.sha256, demand.signers, demand.trust)
                _refuse_summary(checked)
            except RefusedError as error:
                if len(found) == 1:
                    self._explain(Ruling("signature", False, str(error)))
                    raise
                faults.append(str(error))
                continue
            self._explain(Ruling("signature", True, f"{bundle.source} holds"))
            counted.append(checked)
        # Of several bundles those by others do not count, and take nothing from those that do.
        if not counted:
            raise RefusedError(subject.name, faults)
        if policy:
            rulings = list(about_thresholds(policy, counted, len(demand.signers)))
            if not all(ruling.holds for ruling in rulings):
                rulings += [Ruling("signature", False, fault) for fault in faults]
            self._hold(subject, rulings)
        return counted

    def _attestation(
        self, subject: Subject, kind: sidecars.Attestation, signatures: list[Signature], *, required: bool
    ) -> Signature | None:
        """Check what lies beside the file; it has to hold even where it is not required, since people will read it."""
        among = next((item for item in signatures if _is(item, kind)), None)
        if subject.path is None:
            if required and among is None:
                raise MissingSignatureError(f"{subject.name}: no {kind.name} is among the bundles")
            return among
        path = kind.bundle(subject.path)
        try:
            bundle = bundles.read(path, kind.name)
        except MissingSignatureError:
            if required and among is None:
                raise
            return among
        checked = signature.check(bundle, subject.sha256, self._demand.signers, self._demand.trust)
        signature.refuse_kind(checked, kind.predicate_type)
        if checked.holder not in {item.holder for item in signatures}:
            raise RefusedError(str(path), ["is not by the signer of the file"])
        _compare_plain(subject, kind, checked)
        self._explain(Ruling(kind.name, True, f"{path} holds"))
        return checked

    def _provenance(
        self, subject: Subject, provenance: Signature | None, signatures: list[Signature]
    ) -> slsa.Provenance | None:
        """What provenance says, where it contradicts neither the certificate nor the file."""
        every = {id(item): item for item in (provenance, *signatures) if item}.values()
        policy = self._demand.policy
        read: dict[int, slsa.Provenance] = {}
        for item in every:
            if item.statement is None or not _is(item, sidecars.PROVENANCE):
                continue
            with refusing(item.bundle):
                said = slsa.read(item.statement.predicate, (policy.build_types if policy else None) or ())
            faults = contradictions(said, item.claims, subject.manifest)
            if self._demand.provenance and said.builder != slsa.LOCAL and not vouches(item.claims, said.builder):
                faults = faults or [f"builder {said.builder!r} is what the signer claims: no certificate says so"]
            self._explain(Ruling("provenance", not faults, "; ".join(faults) or f"{item.bundle}: contradicts nothing"))
            if faults:
                raise RefusedError(item.bundle, [f"provenance: {fault}" for fault in faults])
            read[id(item)] = said
        return read.get(id(provenance))

    def _summary_bundle(self, file: Path) -> Bundle | None:
        """A verification summary beside the file, where the policy accepts one."""
        if not (self._demand.policy and self._demand.policy.summary):
            return None
        try:
            return bundles.read(sidecars.SUMMARY.bundle(file), sidecars.SUMMARY.name)
        except MissingSignatureError as error:
            self._explain(Ruling("summary", True, f"{error}: everything is checked here"))
            return None

    def _by_summary(self, subject: Subject, bundle: Bundle, policy: Policy) -> Signature:
        from .summary import rulings

        accepted = policy.summary
        assert accepted  # noqa: S101 - without it there is no bundle
        checked = signature.check(bundle, subject.sha256, accepted.signers, self._demand.trust)
        signature.refuse_kind(checked, sidecars.SUMMARY.predicate_type)
        _compare_plain(subject, sidecars.SUMMARY, checked)
        if checked.statement:
            self._hold(
                subject, [*rulings(accepted, checked.statement, self._now), *_denied(policy, checked, self._now)]
            )
        return checked


def _denied(policy: Policy, checked: Signature, moment: dt.datetime) -> Iterable[Ruling]:
    return (item for item in about_signatures(policy, [checked], moment) if item.rule == "deny.identities")


def _bundles(name: str, given: Path | None) -> list[Bundle]:
    return bundles.read_all(given) if given else bundles.read_beside(Path(name))


def _check_sense(name: str, demand: Demand, *, any_file: bool) -> None:
    if any_file and demand.policy and demand.policy.needs_manifest:
        raise UsageError(
            f"{demand.policy.path} limits bases, licences, sources or versions, which only an encoderfile names"
        )
    if name.startswith("sha256:") and (not any_file or demand.bundle is None):
        raise UsageError("a digest in place of the file needs --any-file, and --bundle: there is nothing beside it")
    if name.startswith("sha256:") and demand.sbom:
        raise UsageError("an SBOM lies beside a file, and a digest has no place: check it with --bundle")
    if not name.startswith("sha256:"):
        try:
            Path(name).stat()
        except FileNotFoundError:
            raise EncoderfileError(f"{name}: no such file") from None


def _is(checked: Signature, kind: sidecars.Attestation) -> bool:
    return checked.statement is not None and checked.statement.predicate_type == kind.predicate_type


def _refuse_summary(checked: Signature) -> None:
    """A summary, which may say that a file failed, counts only where a policy accepts one."""
    if _is(checked, sidecars.SUMMARY):
        raise RefusedError(checked.bundle, ["a verification summary is no signature of the file"])


def _compare_plain(subject: Subject, kind: sidecars.Attestation, checked: Signature) -> None:
    """Refuse a plain statement beside the file that says anything else than the signed one."""
    if subject.path is None or checked.statement is None:
        return
    path = kind.statement(subject.path)
    with refusing(str(path)):
        try:
            data = limits.STATEMENT.read(path)
        except FileNotFoundError:
            return
        plain = intoto.from_sidecar(data, subject.path.name, subject.sha256.hex())
        if not intoto.same(plain, checked.statement):
            raise ValueError(f"is not what is signed in {checked.bundle}")
