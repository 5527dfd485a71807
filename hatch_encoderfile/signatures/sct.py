"""The Signed Certificate Timestamp in a certificate (RFC 6962): a certificate log has taken it, so that its issue can be seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from typing import TYPE_CHECKING

from .log import holds

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .root import Root

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_VERSION_1, _CERTIFICATE_TIMESTAMP, _PRECERTIFICATE = 0, 0, 1


def check(certificate: Certificate, root: Root) -> None:
    """Check that a certificate log of the root promised to show the certificate.

    Raises:
        ValueError: there is no such promise, or it does not hold.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import PrecertificateSignedCertificateTimestamps

    (sct,) = certificate.extensions.get_extension_for_class(PrecertificateSignedCertificateTimestamps).value
    issuer = root.issuer_of(certificate)
    spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    unlogged = certificate.tbs_precertificate_bytes
    moment = sct.timestamp.replace(tzinfo=dt.timezone.utc)
    milliseconds = (moment - _EPOCH) // dt.timedelta(milliseconds=1)
    # RFC 6962, section 3.2: digitally-signed struct of a PreCert.
    signed = b"".join(
        (
            struct.pack("!BBQH", _VERSION_1, _CERTIFICATE_TIMESTAMP, milliseconds, _PRECERTIFICATE),
            hashlib.sha256(spki).digest(),
            len(unlogged).to_bytes(3, "big") + unlogged,
            len(sct.extension_bytes).to_bytes(2, "big") + sct.extension_bytes,
        )
    )
    known = [log for log in root.certificate_logs if log.id == sct.log_id and log.period.covers(moment)]
    if len(known) != 1 or not holds(known[0], sct.signature, signed):
        raise ValueError("no certificate log of the trusted root has promised to show the certificate")
