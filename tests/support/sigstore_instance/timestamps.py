"""The timestamp authority (RFC 3161): a signed token that says when a signature was there."""

from __future__ import annotations

import datetime as dt
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from support.sigstore_instance import asn1
from support.sigstore_instance.authority import issue
from support.sigstore_instance.encoding import der, now, sha256

_INTEGER, _BOOLEAN = 0x02, 0x01
_ATTRIBUTES, _EXPLICIT, _DIRECTORY_NAME, _SET = 0xA0, 0xA0, 0xA4, 0x31

_POLICY = "1.3.6.1.4.1.57264.2"
_SHA256 = asn1.sequence(asn1.oid("2.16.840.1.101.3.4.2.1"))
_ECDSA_SHA256 = asn1.sequence(asn1.oid("1.2.840.10045.4.3.2"))
_SIGNED_DATA = asn1.oid("1.2.840.113549.1.7.2")
_TST_INFO = asn1.oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME = (f"1.2.840.113549.1.9.{number}" for number in (3, 4, 5))
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"


class TimestampAuthority:
    """A root and the leaf that signs; its clock can be set ahead."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()
        self.root = issue("tsa-root")
        purposes = [ExtendedKeyUsageOID.TIME_STAMPING]
        self.leaf = issue("tsa-leaf", self.root, ca=False, purposes=purposes, critical_purposes=True)

    def reply(self, request: bytes) -> bytes:
        """Answer a TimeStampReq with a TimeStampResp."""
        _, imprint, *options = asn1.elements(asn1.elements(request)[0].content)
        nonce = next((item.encoded for item in options if item.tag == _INTEGER), b"")
        wants_certificate = any(item.tag == _BOOLEAN and item.content != b"\0" for item in options)
        certificate, moment = self.leaf.certificate, now() + self.ahead
        name = asn1.tagged(_EXPLICIT, asn1.tagged(_DIRECTORY_NAME, certificate.subject.public_bytes()))
        info = asn1.sequence(
            asn1.integer(1),
            asn1.oid(_POLICY),
            imprint.encoded,
            asn1.integer(int.from_bytes(os.urandom(8), "big")),
            asn1.generalized_time(moment),
            asn1.sequence(asn1.integer(1)),  # an accuracy of one second
            nonce,
            name,
        )
        attributes = sorted(
            [
                _attribute(_CONTENT_TYPE, _TST_INFO),
                _attribute(_SIGNING_TIME, asn1.utc_time(moment)),
                _attribute(_MESSAGE_DIGEST, asn1.octets(sha256(info))),
                _attribute(_SIGNING_CERTIFICATE, _certificate_id(der(certificate))),
            ]
        )
        signature = self.leaf.key.sign(asn1.tagged(_SET, *attributes), ec.ECDSA(hashes.SHA256()))
        signer = asn1.sequence(
            asn1.integer(1),
            asn1.sequence(certificate.issuer.public_bytes(), asn1.integer(certificate.serial_number)),
            _SHA256,
            asn1.tagged(_ATTRIBUTES, *attributes),
            _ECDSA_SHA256,
            asn1.octets(signature),
        )
        signed = asn1.sequence(
            asn1.integer(3),
            asn1.set_of(_SHA256),
            asn1.sequence(_TST_INFO, asn1.tagged(_EXPLICIT, asn1.octets(info))),
            asn1.tagged(_EXPLICIT, der(certificate)) if wants_certificate else b"",
            asn1.set_of(signer),
        )
        granted = asn1.sequence(asn1.integer(0))
        return asn1.sequence(granted, asn1.sequence(_SIGNED_DATA, asn1.tagged(_EXPLICIT, signed)))


def _attribute(kind: str, value: bytes) -> bytes:
    return asn1.sequence(asn1.oid(kind), asn1.set_of(value))


def _certificate_id(certificate: bytes) -> bytes:
    """SigningCertificateV2 (RFC 5035) with the default hash, SHA-256."""
    return asn1.sequence(asn1.sequence(asn1.sequence(asn1.octets(sha256(certificate)))))
