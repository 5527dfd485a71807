"""Check one bundle: who signed, and that it is this file or an allowed statement about it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from . import intoto, keys
from .claims import Claims, read_claims
from .errors import RefusedError, refusing, sigstore_extra
from .sidecars import ATTESTATIONS
from .signers import Key, Signer, objection_to

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .bundles import Bundle
    from .intoto import Statement
    from .trust import Trust


class Signature(NamedTuple):
    """A signature that holds.

    Attributes:
        bundle: where it was read from.
        claims: who held the key, None for a key without a certificate.
        key: the fingerprint of the key, where there is no certificate.
        statement: what was said of the file; None where the file itself was signed.
    """

    bundle: str
    claims: Claims | None
    key: str
    statement: Statement | None

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
        return _check_key(bundle, sha256, [signer for signer in allowed if isinstance(signer, Key)])
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
    root = trust.load()
    with sigstore_extra():
        from sigstore.hashes import Hashed
        from sigstore.models import Bundle as SigstoreBundle
        from sigstore.verify import Verifier
        from sigstore_models.common.v1 import HashAlgorithm
    policy, envelope = _Policy(bundle.source, allowed), None
    with refusing(bundle.source, f" (trusted root: {trust})"):
        # sigstore checks the chain at a trusted time, the SCT, the log entry, the policy, and that all are about one signature.
        parsed, verifier = SigstoreBundle.from_json(bundle.data), Verifier(trusted_root=root)
        if bundle.signs_message:
            verifier.verify_artifact(Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256), parsed, policy)
        else:
            envelope = verifier.verify_dsse(parsed, policy)
    with refusing(bundle.source):
        if policy.claims is None:
            raise ValueError("nobody's identity was checked")
        statement = _about(sha256, *envelope) if envelope else None
        return Signature(bundle.source, policy.claims, "", statement)


def _check_key(bundle: Bundle, sha256: bytes, allowed: list[Key]) -> Signature:
    public = [keys.read_public(signer.path) for signer in allowed]
    with refusing(bundle.source):
        if not public:
            raise ValueError("is signed with a key, expected a certificate: give the key with --key")
        envelope: tuple[str, bytes] | None = None
        if bundle.signs_message:
            signature, digest = _bytes(bundle.document["messageSignature"]["signature"]), sha256
        else:
            signature, envelope = _envelope(bundle.document["dsseEnvelope"])
            digest = hashlib.sha256(keys.pre_authentication(*envelope)).digest()
        signed_by = [key for key in public if keys.verifies(key, signature, digest)]
        if not signed_by:
            raise ValueError("the signature is by another key, or of other bytes")
        statement = _about(sha256, *envelope) if envelope else None
        return Signature(bundle.source, None, keys.fingerprint(signed_by[0]), statement)


def _about(sha256: bytes, payload_type: str, payload: bytes) -> Statement:
    """The statement in an envelope: of a type that counts, and about this file."""
    if payload_type != intoto.PAYLOAD_TYPE:
        raise ValueError(f"payload type {payload_type!r}, expected {intoto.PAYLOAD_TYPE!r}")
    statement = intoto.parse(payload)
    if statement.predicate_type not in ATTESTATIONS:
        raise ValueError(f"predicate type {statement.predicate_type!r} is not one of {', '.join(ATTESTATIONS)}")
    intoto.refuse_other(statement, sha256.hex())
    return statement


def _envelope(envelope: Any) -> tuple[bytes, tuple[str, bytes]]:
    """Signature, and payload type and payload, of a DSSE envelope."""
    signatures, payload_type = envelope["signatures"], envelope["payloadType"]
    if len(signatures) != 1:
        raise ValueError(f"the envelope has {len(signatures)} signatures, expected one")
    if not isinstance(payload_type, str):
        raise ValueError("the envelope's payloadType is no string")  # noqa: TRY004 - one kind of error for input that is not well formed
    return _bytes(signatures[0]["sig"]), (payload_type, _bytes(envelope["payload"]))


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError(f"is not base64: {error}") from None


def refuse_kind(signature: Signature, expected: str) -> None:
    """Refuse a statement of another type than the file beside which it lies should have."""
    found = signature.statement.predicate_type if signature.statement else "the file itself"
    if found != expected:
        raise RefusedError(signature.bundle, [f"signs {found}, expected {expected}"])
