"""The CA that puts an identity into a short-lived certificate (Fulcio), with its Certificate Transparency log (RFC 6962)."""

from __future__ import annotations

import base64
import datetime as dt
import struct
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from support.sigstore_instance.asn1 import UTF8_STRING, octets, tagged
from support.sigstore_instance.authority import issue
from support.sigstore_instance.encoding import now, pem, public_key, sha256
from support.sigstore_instance.tokens import claims_of

_LIFETIME = dt.timedelta(minutes=10)
_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_FULCIO = "1.3.6.1.4.1.57264.1."
_HUB = "https://github.com/"

# The extensions of Fulcio's oid-info.md that are a claim of GitHub's token, and what stands before it.
_RAW_CLAIMS = {2: "event_name", 3: "sha", 4: "workflow", 5: "repository", 6: "ref"}
_CLAIMS = {
    9: (_HUB, "job_workflow_ref"),
    10: ("", "job_workflow_sha"),
    11: ("", "runner_environment"),
    12: (_HUB, "repository"),
    13: ("", "sha"),
    14: ("", "ref"),
    15: ("", "repository_id"),
    16: (_HUB, "repository_owner"),
    17: ("", "repository_owner_id"),
    18: (_HUB, "workflow_ref"),
    19: ("", "workflow_sha"),
    20: ("", "event_name"),
    22: ("", "repository_visibility"),
}


class Fulcio:
    """A root, an intermediate that issues, and the key of the CT log."""

    def __init__(self) -> None:
        self.root = issue("sigstore-root")
        self.intermediate = issue("sigstore-intermediate", self.root, purposes=[ExtendedKeyUsageOID.CODE_SIGNING])
        self.ct_key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, request: dict[str, Any], authorization: str) -> dict[str, Any]:
        """Answer a POST to /api/v2/signingCert: sigstore-python sends a CSR, Go clients a key and a proof."""
        scheme, _, bearer = authorization.partition(" ")
        claims = claims_of(bearer if scheme.lower() == "bearer" else request["credentials"]["oidcIdentityToken"])
        leaf = self.certify(_requested_key(request, claims), claims)
        chain = [leaf, self.intermediate.certificate, self.root.certificate]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": [pem(item) for item in chain]}}}

    def trust_bundle(self) -> dict[str, Any]:
        """Answer a GET of /api/v2/trustBundle."""
        return {"chains": [{"certificates": [pem(self.intermediate.certificate), pem(self.root.certificate)]}]}

    def certify(
        self, key: ec.EllipticCurvePublicKey, claims: dict[str, Any], *, logged: bool = True
    ) -> x509.Certificate:
        """A certificate for ten minutes with the claims in it and, where it is logged, an embedded SCT."""
        builder = self._builder(key, claims)
        if not logged:
            return builder.sign(self.intermediate.key, hashes.SHA256())
        # What the log signs is the certificate without the SCT.
        unlogged = builder.sign(self.intermediate.key, hashes.SHA256()).tbs_certificate_bytes
        with_sct = builder.add_extension(
            x509.UnrecognizedExtension(_SCT_LIST, octets(self._sct_list(unlogged))), critical=False
        )
        return with_sct.sign(self.intermediate.key, hashes.SHA256())

    def _builder(self, key: ec.EllipticCurvePublicKey, claims: dict[str, Any]) -> x509.CertificateBuilder:
        start, issuer_key = now(), self.intermediate.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + _LIFETIME)
            .add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
            .add_extension(x509.SubjectAlternativeName([_name(claims)]), critical=True)
        )
        for number, value in _extensions(claims).items():
            builder = builder.add_extension(
                x509.UnrecognizedExtension(ObjectIdentifier(f"{_FULCIO}{number}"), value), critical=False
            )
        return builder

    def _sct_list(self, unlogged: bytes) -> bytes:
        """A list with one Signed Certificate Timestamp (RFC 6962, section 3.2)."""
        moment = int(time.time() * 1000)
        issuer = sha256(public_key(self.intermediate.key))
        signed = struct.pack("!BBQH", 0, 0, moment, 1) + issuer + len(unlogged).to_bytes(3, "big") + unlogged + b"\0\0"
        signature = self.ct_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        log_id = sha256(public_key(self.ct_key))
        sct = struct.pack("!B32sQHBBH", 0, log_id, moment, 0, 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(sct) + 2, len(sct)) + sct


def _requested_key(request: dict[str, Any], claims: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key that is to be certified; whoever asks has shown to hold it."""
    if encoded := request.get("certificateSigningRequest"):
        csr = x509.load_pem_x509_csr(base64.b64decode(encoded))
        key = csr.public_key()
        assert csr.is_signature_valid
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key
    asked = request["publicKeyRequest"]
    proven = serialization.load_pem_public_key(asked["publicKey"]["content"].encode())
    assert isinstance(proven, ec.EllipticCurvePublicKey)
    subject = claims.get("email", claims["sub"]).encode()
    proven.verify(base64.b64decode(asked["proofOfPossession"]), subject, ec.ECDSA(hashes.SHA256()))
    return proven


def _name(claims: dict[str, Any]) -> x509.GeneralName:
    if "job_workflow_ref" in claims:
        return x509.UniformResourceIdentifier(_HUB + claims["job_workflow_ref"])
    identity = claims.get("email", claims["sub"])
    return x509.RFC822Name(identity) if "@" in identity else x509.UniformResourceIdentifier(identity)


def _extensions(claims: dict[str, Any]) -> dict[int, bytes]:
    """Fulcio's extensions by their last number."""
    found = {1: claims["iss"].encode(), 8: tagged(UTF8_STRING, claims["iss"].encode())}
    if "job_workflow_ref" not in claims:
        return found
    found |= {number: claims[name].encode() for number, name in _RAW_CLAIMS.items()}
    for number, (prefix, name) in _CLAIMS.items():
        found[number] = tagged(UTF8_STRING, (prefix + claims[name]).encode())
    run = f"{_HUB}{claims['repository']}/actions/runs/{claims['run_id']}/attempts/{claims['run_attempt']}"
    return found | {21: tagged(UTF8_STRING, run.encode())}
