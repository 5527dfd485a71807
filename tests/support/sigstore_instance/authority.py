"""Certificate authorities: self-signed roots, and what they issue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.sigstore_instance.encoding import now

if TYPE_CHECKING:
    from collections.abc import Sequence

ORGANIZATION = "sigstore.test"
_LIFETIME = dt.timedelta(days=3650)


class Authority(NamedTuple):
    """A certificate and the key it is about."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def issue(
    name: str,
    issuer: Authority | None = None,
    *,
    ca: bool = True,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical_purposes: bool = False,
) -> Authority:
    """A certificate by `issuer`, or by itself, valid since an hour ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = {NameOID.ORGANIZATION_NAME: ORGANIZATION, NameOID.COMMON_NAME: name}
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes.items()])
    signing_key = issuer.key if issuer else key
    start = now() - dt.timedelta(hours=1)
    usage = x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical_purposes)
    return Authority(builder.sign(signing_key, hashes.SHA256()), key)
