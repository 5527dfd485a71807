"""Who may sign: an identity with its issuer, or a public key. A signature by somebody else is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .identity_pattern import matches

if TYPE_CHECKING:
    from pathlib import Path

    from .claims import Claims


# What may be demanded of a certificate besides its identity and issuer; by these names in Claims, options and policies.
CLAIMED = ("source_repository", "source_ref", "source_digest", "trigger", "runner_environment")


class Identity(NamedTuple):
    """The holder of a certificate.

    Attributes:
        identity: exactly this; None where a regular expression stands in its place.
        pattern: a regular expression, as `identity_pattern` takes them, that matches the whole identity.
        issuer: exactly this; always given.
        source_repository: exactly this URI, if given.
        source_ref: exactly this ref, if given.
        source_digest: exactly this commit, if given.
        trigger: exactly this event, if given.
        runner_environment: exactly this kind of runner, if given.
    """

    identity: str | None
    pattern: str | None
    issuer: str
    source_repository: str | None = None
    source_ref: str | None = None
    source_digest: str | None = None
    trigger: str | None = None
    runner_environment: str | None = None

    def objection(self, claims: Claims) -> str | None:
        """What is not as it must be."""
        if self.identity is not None and claims.identity != self.identity:
            return f"signed by {claims.identity!r}, expected {self.identity!r}"
        if self.identity is None and not matches(self.pattern or "", claims.identity):
            return f"signed by {claims.identity!r}, which {self.pattern!r} does not match as a whole"
        if claims.issuer != self.issuer:
            return f"issuer {claims.issuer!r}, expected {self.issuer!r}"
        for name in CLAIMED:
            expected, found = getattr(self, name), getattr(claims, name)
            if expected is not None and found != expected:
                return f"{name.replace('_', ' ')} {found or 'none named'!r}, expected {expected!r}"
        return None


class Key(NamedTuple):
    """The holder of a private key, by the public one: a PEM file, EC P-256."""

    path: Path


Signer = Identity | Key


def fits(signer: Signer, claims: Claims) -> bool:
    """Whether a certificate is of this signer."""
    return isinstance(signer, Identity) and signer.objection(claims) is None


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
