"""Certificates that sigstore-python does not take: of an instance without a transparency log, or with an entry of an old type.

Of an instance such as GitHub's own for private repositories the trusted root names no log: a certificate holds if one of the
root's CAs issued it, at the time that one of the root's timestamp authorities has signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    from .root import Authority, Root


def check_certificate(certificate: Certificate, times: Sequence[dt.datetime], root: Root) -> None:
    """Check that a CA of the root issued the certificate for signing, and that it was valid at each time.

    Raises:
        ValueError: it did not, or there is no time.
    """
    from cryptography.x509 import ExtendedKeyUsage, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if not times:
        raise ValueError("not enough sources of verified time: nothing says when the certificate was used")
    usage = certificate.extensions.get_extension_for_class(KeyUsage).value
    purposes = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    if not usage.digital_signature or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise ValueError("the certificate is not one for signing")
    for moment in times:
        faults = [_fault(certificate, moment, authority) for authority in root.certificate_authorities]
        if None not in faults:
            raise ValueError(f"no CA of the trusted root issued the certificate: {faults[-1]}")


def _fault(certificate: Certificate, moment: dt.datetime, authority: Authority) -> str | None:
    """Why the CA did not issue it, at this time."""
    from cryptography.x509 import ExtendedKeyUsage
    from cryptography.x509.verification import (
        Criticality,
        ExtensionPolicy,
        PolicyBuilder,
        Store,
        VerificationError,
    )

    if not authority.covers(moment):
        return "the trusted root does not trust it about that time"
    *intermediates, top = authority.certificates
    # What a web server's certificate needs, but for the purpose, which has been checked.
    policies = {
        "ca_policy": ExtensionPolicy.webpki_defaults_ca().may_be_present(
            ExtendedKeyUsage, Criticality.NON_CRITICAL, None
        ),
        "ee_policy": ExtensionPolicy.webpki_defaults_ee().may_be_present(
            ExtendedKeyUsage, Criticality.NON_CRITICAL, None
        ),
    }
    verifier = PolicyBuilder().store(Store([top])).time(moment).extension_policies(**policies).build_client_verifier()
    try:
        verifier.verify(certificate, intermediates)
    except VerificationError as error:
        return str(error)
    return None
