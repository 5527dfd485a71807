"""Signatures by an identity: a certificate for some minutes from Fulcio, logged in Rekor, by way of sigstore-python."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import UsageError

from .claims import Claims, read_claims
from .errors import sigstore_extra
from .trust import read_config

if TYPE_CHECKING:
    from pathlib import Path

    from sigstore.models import Bundle
    from sigstore.sign import Signer


class KeylessSigner:
    """Signs with one certificate, however many bundles are asked for."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._claims: Claims | None = None

    @property
    def described(self) -> str:
        """Who has signed."""
        return f"{self._claims.identity} (issuer {self._claims.issuer})" if self._claims else "nobody yet"

    @property
    def verify_with(self) -> str:
        """The options that a verifier gives."""
        claims = self._claims
        return f"--identity {shlex.quote(claims.identity)} --issuer {shlex.quote(claims.issuer)}" if claims else ""

    def message(self, sha256: bytes) -> bytes:
        """A bundle that signs the file with this SHA-256."""
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        return self._made(self._signer.sign_artifact(Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)))

    def statement(self, statement: bytes) -> bytes:
        """A bundle that signs an in-toto Statement."""
        from sigstore.dsse import Statement

        return self._made(self._signer.sign_dsse(Statement(statement)))

    def model(self, statement: bytes) -> bytes:
        """A Model Signing bundle is one like any other."""
        return self.statement(statement)

    def _made(self, bundle: Bundle) -> bytes:
        self._claims = read_claims(bundle.signing_certificate)
        return bundle.to_json().encode()


def keyless_signer(token: str | None, trust_config: Path | None, *, staging: bool) -> KeylessSigner:
    """Ask for a certificate.

    Args:
        token: an identity token; without one the CI's is taken, or a browser asked.
        trust_config: the instance to sign with; by default the public one.
        staging: sign with the public instance for tests.

    Raises:
        UsageError: there is no identity to sign with.
        Exception: whatever sigstore raises when a service does not answer.
    """
    with sigstore_extra():
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import IdentityToken, Issuer, detect_credential
        from sigstore.sign import SigningContext
    if trust_config:
        config = read_config(trust_config)
    else:
        config = ClientTrustConfig.staging() if staging else ClientTrustConfig.production()
    token = token or detect_credential()
    if token:
        identity = IdentityToken(token)
    elif sys.stdin.isatty():
        identity = Issuer(config.signing_config.get_oidc_url()).identity_token()
    else:
        raise UsageError(
            "no identity to sign with: give --identity-token, or in GitHub Actions the permission `id-token: write`"
        )
    context = SigningContext.from_trust_config(config)
    with context.signer(identity) as signer:
        return KeylessSigner(signer)
