"""Verify that a file is what a named signer signed. Offline; whatever cannot be checked is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.files import read_file
from hatch_encoderfile.signatures import bundles, intoto, sidecars
from hatch_encoderfile.signatures import check as signature
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError, refusing
from hatch_encoderfile.signatures.subject import read_any, read_encoderfile

from .report import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.subject import Subject

    from .demand import Demand


def verify(
    name: str, demand: Demand, *, any_file: bool = False, progress: Callable[[int], None] | None = None
) -> Outcome:
    """Check a file, its signature and what is signed about it.

    Args:
        name: the file; with `any_file` also `sha256:HEX`.
        demand: what has to hold.
        any_file: the file is no encoderfile: check its signature, not what is in it.
        progress: told how many bytes have been read, piece by piece.

    Raises:
        MissingSignatureError: a bundle that is needed is not there.
        IntegrityError: the file is not what its manifest says.
        RefusedError: a signature or the policy does not hold, or could not be checked.
        UsageError: what was asked for makes no sense.
        EncoderfileError: there is no such file.
    """
    with refusing(name):
        return _verify(name, demand, any_file=any_file, progress=progress)


def _verify(name: str, demand: Demand, *, any_file: bool, progress: Callable[[int], None] | None) -> Outcome:
    _check_sense(name, demand, any_file=any_file)
    # 1. A bundle is there. Threat: somebody takes the signature away, and hopes that its absence is passed over.
    bundle = bundles.read(demand.bundle or sidecars.message_bundle(Path(name)))
    # 2. Every byte is what the manifest accounts for, and the same read gives the whole file's digest.
    #    Threat: bytes that change between the read that is checked and the read that is hashed; bytes in no part.
    subject = read_any(name, progress) if any_file else read_encoderfile(Path(name), progress)
    # 3. The signature is over this digest, by a key that a CA of the trusted root certified, at a time when the
    #    certificate was valid, and it is in the log. Threat: a forged signature, a stolen expired key, a secret signing.
    # 4. The certificate's holder is who was asked for. Threat: a valid signature by somebody else.
    # 5. A statement is of a type that counts, and about this file. Threat: a true statement about something else.
    signed = signature.check(bundle, subject.sha256, demand.signers, demand.trust)
    # 6. Provenance and SBOM are by the same signer and about this file, and the plain ones say what the signed ones say.
    #    Threat: papers of another build; papers that people read, and nobody signed.
    provenance = _attestation(subject, sidecars.PROVENANCE, demand, signed, required=demand.provenance)
    sbom = _attestation(subject, sidecars.SBOM, demand, signed, required=demand.sbom)
    # 7. The file is made of what the policy allows. Threat: the right signer, the wrong model.
    if demand.policy:
        from .policy import objections

        statement = provenance.statement if provenance else None
        if found := objections(demand.policy, subject.manifest, statement):
            raise RefusedError(f"{subject.name}: {demand.policy.path}", found)
    return Outcome(subject, demand, signed, provenance, sbom)


def _check_sense(name: str, demand: Demand, *, any_file: bool) -> None:
    if any_file and demand.policy and demand.policy.needs_manifest:
        raise UsageError(f"{demand.policy.path} limits bases, licences or sources, which only an encoderfile names")
    if name.startswith("sha256:") and (not any_file or demand.bundle is None):
        raise UsageError("a digest in place of the file needs --any-file, and --bundle: there is nothing beside it")
    if name.startswith("sha256:") and (demand.provenance or demand.sbom):
        raise UsageError("provenance and SBOM lie beside a file, and a digest has no place: check each with --bundle")
    if not name.startswith("sha256:"):
        try:
            Path(name).stat()
        except FileNotFoundError:
            raise EncoderfileError(f"{name}: no such file") from None


def _attestation(
    subject: Subject, kind: sidecars.Attestation, demand: Demand, signed: Signature, *, required: bool
) -> Signature | None:
    """Check what lies beside the file; it has to hold even where it is not required, since people will read it."""
    if subject.path is None:
        return None
    path = kind.bundle(subject.path)
    try:
        bundle = bundles.read(path, kind.name)
    except MissingSignatureError:
        if required:
            raise
        return None
    checked = signature.check(bundle, subject.sha256, demand.signers, demand.trust)
    signature.refuse_kind(checked, kind.predicate_type)
    if checked.holder != signed.holder:
        raise RefusedError(str(path), ["is not by the signer of the file"])
    _compare_plain(subject, kind, checked)
    return checked


def _compare_plain(subject: Subject, kind: sidecars.Attestation, checked: Signature) -> None:
    """Refuse a plain statement beside the file that says anything else than the signed one."""
    if subject.path is None or checked.statement is None:
        return
    path = kind.statement(subject.path)
    with refusing(str(path)):
        try:
            data = read_file(path, bundles.LARGEST_STATEMENT)
        except FileNotFoundError:
            return
        plain = intoto.from_sidecar(data, subject.path.name, subject.sha256.hex())
        if not intoto.same(plain, checked.statement):
            raise ValueError(f"is not what is signed in {checked.bundle}")
