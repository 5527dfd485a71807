"""Who may sign: an identity with its issuer, or a public key. A signature by somebody else is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .identity_pattern import matches

if TYPE_CHECKING:
    from pathlib import Path

    from .claims import Claims


class Identity(NamedTuple):
    """The holder of a certificate.

    Attributes:
        identity: exactly this; None where a regular expression stands in its place.
        pattern: a regular expression, as `identity_pattern` takes them, that matches the whole identity.
        issuer: exactly this; always given.
        source_repository: exactly this URI, if given.
        source_ref: exactly this ref, if given.
    """

    identity: str | None
    pattern: str | None
    issuer: str
    source_repository: str | None = None
    source_ref: str | None = None

    def objection(self, claims: Claims) -> str | None:
        """What is not as it must be."""
        if self.identity is not None and claims.identity != self.identity:
            return f"signed by {claims.identity!r}, expected {self.identity!r}"
        if self.identity is None and not matches(self.pattern or "", claims.identity):
            return f"signed by {claims.identity!r}, which {self.pattern!r} does not match as a whole"
        if claims.issuer != self.issuer:
            return f"issuer {claims.issuer!r}, expected {self.issuer!r}"
        if self.source_repository is not None and claims.source_repository != self.source_repository:
            found = claims.source_repository or "none named"
            return f"source repository {found!r}, expected {self.source_repository!r}"
        if self.source_ref is not None and claims.source_ref != self.source_ref:
            return f"source ref {claims.source_ref or 'none named'!r}, expected {self.source_ref!r}"
        return None


class Key(NamedTuple):
    """The holder of a private key, by the public one: a PEM file, EC P-256."""

    path: Path


Signer = Identity | Key


def objection_to(claims: Claims, allowed: tuple[Signer, ...]) -> str | None:
    """Why nobody of those allowed is the holder of the certificate, or None if somebody is."""
    identities = [signer for signer in allowed if isinstance(signer, Identity)]
    objections = [signer.objection(claims) for signer in identities]
    if None in objections:
        return None
    if len(objections) == 1:
        return objections[0]
    if not objections:
        return f"signed by {claims.identity!r}, expected a key"
    return f"signed by {claims.identity!r} (issuer {claims.issuer!r}): none of the {len(identities)} allowed signers"
