"""Check one bundle: who signed, and that it is this file or an allowed statement about it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from . import certificates, intoto, keys, sct
from .bundle_fields import decoded
from .claims import Claims, read_claims
from .errors import RefusedError, refusing, sigstore_extra
from .log import ENVELOPE, refuse_other_entry, verified_entry
from .sidecars import ATTESTATIONS
from .signers import Key, Signer, fits, objection_to
from .timestamps import verified_times

if TYPE_CHECKING:
    import datetime as dt

    from cryptography.x509 import Certificate

    from .bundles import Bundle
    from .intoto import Statement
    from .log import Entry
    from .root import Root
    from .trust import Trust


class Signature(NamedTuple):
    """A signature that holds.

    Attributes:
        bundle: where it was read from.
        claims: who held the key, None for a key without a certificate.
        key: the fingerprint of the key, where there is no certificate.
        statement: what was said of the file; None where the file itself was signed.
        times: when it was signed, by a log or a timestamp authority; none for a key without either.
        signers: which of those allowed it is by, by their places.
        data: the bundle.
    """

    bundle: str
    claims: Claims | None
    key: str
    statement: Statement | None
    times: tuple[dt.datetime, ...] = ()
    signers: frozenset[int] = frozenset()
    data: bytes = b""

    @property
    def holder(self) -> tuple[str | None, ...]:
        """What two signatures by one signer have in common."""
        if self.claims is None:
            return (self.key,)
        claims = self.claims
        return claims.identity, claims.issuer, claims.source_repository, claims.source_ref


def check(bundle: Bundle, sha256: bytes, allowed: tuple[Signer, ...], trust: Trust) -> Signature:
    """Check a bundle against the file's digest.

    Args:
        bundle: as it was read.
        sha256: of the file.
        allowed: whose signature counts.
        trust: where the trusted root comes from.

    Raises:
        RefusedError: anything at all is not as it must be, or cannot be checked.
        UsageError: the trusted root or a key cannot be read.
    """
    if bundle.has_key:
        return _check_key(bundle, sha256, allowed, trust)
    return _check_certificate(bundle, sha256, allowed, trust)


class _Policy:
    """Given to sigstore, which calls it with the certificate that it has checked and goes on to use."""

    claims: Claims | None = None

    def __init__(self, source: str, allowed: tuple[Signer, ...]) -> None:
        self._source = source
        self._allowed = allowed

    def verify(self, cert: Certificate) -> None:
        self.claims = read_claims(cert)
        if objection := objection_to(self.claims, self._allowed):
            raise RefusedError(self._source, [objection])


def _check_certificate(bundle: Bundle, sha256: bytes, allowed: tuple[Signer, ...], trust: Trust) -> Signature:
    with sigstore_extra():
        from cryptography.x509 import load_der_x509_certificate
    with refusing(bundle.source):
        certificate = load_der_x509_certificate(bundle.certificate)
    root = trust.load(certificate)
    policy = _Policy(bundle.source, allowed)
    with refusing(bundle.source, f" (trusted root: {trust})"):
        if root.logs and not _has_envelope_entry(bundle):
            _check_by_sigstore(bundle, sha256, policy, root)
            times = _evidence(bundle, root)[1]
        else:
            times = _check_here(bundle, sha256, policy, root, certificate)
    with refusing(bundle.source):
        if policy.claims is None:
            raise ValueError("nobody's identity was checked")
        statement = None if bundle.signs_message else _about(sha256, *bundle.envelope)
        by = frozenset(place for place, signer in enumerate(allowed) if fits(signer, policy.claims))
        return Signature(bundle.source, policy.claims, "", statement, times, by, bundle.data)


def _check_by_sigstore(bundle: Bundle, sha256: bytes, policy: _Policy, root: Root) -> None:
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle as SigstoreBundle
    from sigstore.verify import Verifier
    from sigstore_models.common.v1 import HashAlgorithm

    # sigstore checks the chain at a trusted time, the SCT, the log entry, the policy, and that all are about one signature.
    parsed, verifier = SigstoreBundle.from_json(bundle.data), Verifier(trusted_root=root.sigstore)
    if bundle.signs_message:
        verifier.verify_artifact(Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256), parsed, policy)
    elif verifier.verify_dsse(parsed, policy) != bundle.envelope:
        raise ValueError("two parsers see two statements in the envelope")


def _has_envelope_entry(bundle: Bundle) -> bool:
    kinds = [(entry["kindVersion"]["kind"], entry["kindVersion"]["version"]) for entry in bundle.entries]
    return kinds == [ENVELOPE]


def _check_here(
    bundle: Bundle, sha256: bytes, policy: _Policy, root: Root, certificate: Certificate
) -> tuple[dt.datetime, ...]:
    """The same where sigstore does not: by a root without a log, or with an entry of an old type. The times of the signature."""
    if bundle.entries and not root.logs:
        raise ValueError("has a log entry, and the trusted root has no log")
    entries, times = _evidence(bundle, root)
    certificates.check_certificate(certificate, times, root)
    if root.logs:
        sct.check(certificate, root)
    policy.verify(certificate)
    digest = _signed_digest(bundle, sha256)
    if not keys.verifies(certificate.public_key(), bundle.signature, digest):
        raise ValueError("invalid signature: it is by another key, or of other bytes")
    for entry in entries:
        payload = None if bundle.signs_message else bundle.envelope[1]
        refuse_other_entry(entry, bundle.certificate, bundle.signature, digest, payload)
    return times


def _evidence(bundle: Bundle, root: Root) -> tuple[list[Entry], tuple[dt.datetime, ...]]:
    """The log entry, and the times that logs and timestamp authorities vouch for: every one in the bundle holds."""
    entries = [verified_entry(entry, root) for entry in bundle.entries]
    times = [entry.time for entry in entries if entry.time]
    return entries, (*times, *verified_times(bundle.timestamps, root, bundle.signature))


def _signed_digest(bundle: Bundle, sha256: bytes) -> bytes:
    """SHA-256 of what the signature is over, where it is about the file with `sha256`."""
    if not bundle.signs_message:
        return hashlib.sha256(keys.pre_authentication(*bundle.envelope)).digest()
    if decoded(bundle.document["messageSignature"]["messageDigest"]["digest"], "digest") != sha256:
        raise ValueError("Bundle message digest mismatch")
    return sha256


def _check_key(bundle: Bundle, sha256: bytes, allowed: tuple[Signer, ...], trust: Trust) -> Signature:
    public = {place: keys.read_public(signer.path) for place, signer in enumerate(allowed) if isinstance(signer, Key)}
    with refusing(bundle.source):
        if not public:
            raise ValueError("is signed with a key, expected a certificate: give the key with --key")
        digest = _signed_digest(bundle, sha256)
        signed_by = {place: key for place, key in public.items() if keys.verifies(key, bundle.signature, digest)}
        if not signed_by:
            raise ValueError("the signature is by another key, or of other bytes")
        key = next(iter(signed_by.values()))
        if bundle.document["verificationMaterial"]["publicKey"]["hint"] != keys.hint(key):
            raise ValueError("publicKey.hint names another key than the one that signed")
    times: tuple[dt.datetime, ...] = ()
    # A key needs no log, but what a bundle says of one has to be true.
    if bundle.entries or bundle.timestamps:
        root = trust.load()
        with refusing(bundle.source, f" (trusted root: {trust})"):
            entries, times = _evidence(bundle, root)
            payload = None if bundle.signs_message else bundle.envelope[1]
            for entry in entries:
                refuse_other_entry(entry, keys.encoded(key), bundle.signature, digest, payload)
    with refusing(bundle.source):
        statement = None if bundle.signs_message else _about(sha256, *bundle.envelope)
        return Signature(
            bundle.source, None, keys.fingerprint(key), statement, times, frozenset(signed_by), bundle.data
        )


def _about(sha256: bytes, payload_type: str, payload: bytes) -> Statement:
    """The statement in an envelope: of a type that counts, and about this file."""
    if payload_type != intoto.PAYLOAD_TYPE:
        raise ValueError(f"payload type {payload_type!r}, expected {intoto.PAYLOAD_TYPE!r}")
    statement = intoto.parse(payload)
    if statement.predicate_type not in ATTESTATIONS:
        raise ValueError(f"predicate type {statement.predicate_type!r} is not one of {', '.join(ATTESTATIONS)}")
    intoto.refuse_other(statement, sha256.hex())
    return statement


def refuse_kind(signature: Signature, expected: str) -> None:
    """Refuse a statement of another type than the file beside which it lies should have."""
    found = signature.statement.predicate_type if signature.statement else "the file itself"
    if found != expected:
        raise RefusedError(signature.bundle, [f"signs {found}, expected {expected}"])
