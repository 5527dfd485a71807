"""Certificates as Fulcio issues them, and as it never would."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from support.sigstore_instance.asn1 import UTF8_STRING, tagged

from hatch_encoderfile.signatures.claims import Claims, read_claims

ISSUER = "https://issuer.example"
OTHER_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7")


def text(value: str) -> bytes:
    """A UTF8String."""
    return tagged(UTF8_STRING, value.encode())


def certificate(names: list[x509.GeneralName], extensions: dict[int, bytes]) -> x509.Certificate:
    """A certificate with names and extensions of Fulcio's."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(minutes=10))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
    )
    for number, value in extensions.items():
        oid = x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return builder.sign(key, hashes.SHA256())


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_extensions_of_any_length_are_read(size: int) -> None:
    uri = "r" * size
    found = read_claims(
        certificate([x509.RFC822Name("a@b.example")], {8: text(ISSUER), 12: text(uri), 14: text("ref")})
    )

    assert Claims("a@b.example", ISSUER, uri, "ref") == found


def test_the_first_version_of_the_issuer_is_enough() -> None:
    assert read_claims(certificate([x509.RFC822Name("a@b.example")], {1: ISSUER.encode()})).issuer == ISSUER


def test_a_user_name_is_an_identity() -> None:
    name = x509.OtherName(OTHER_NAME, text("alice!example.com"))

    assert read_claims(certificate([name], {8: text(ISSUER)})).identity == "alice!example.com"


@pytest.mark.parametrize(
    ("names", "extensions", "message"),
    [
        pytest.param([], {}, "0 identities", id="no-identity"),
        pytest.param([x509.RFC822Name("a@b"), x509.RFC822Name("c@d")], {}, "2 identities", id="two-identities"),
        pytest.param([x509.DNSName("a.example")], {}, "neither an e-mail address nor a URI", id="host-name"),
        pytest.param(
            [x509.OtherName(x509.ObjectIdentifier("1.2.3"), text("a"))], {}, "neither an e-mail", id="other-name"
        ),
        pytest.param(
            [x509.RFC822Name("a@b")], {1: b"https://one", 8: text("https://two")}, "two issuers", id="two-issuers"
        ),
        pytest.param([x509.RFC822Name("a@b")], {8: b"\x0c\x05abcd"}, "no UTF8String", id="too-short"),
        pytest.param([x509.RFC822Name("a@b")], {8: b"\x0c\x03abcd"}, "no UTF8String", id="trailing-byte"),
        pytest.param([x509.RFC822Name("a@b")], {8: b"\x13\x04abcd"}, "no UTF8String", id="another-string-type"),
        pytest.param([x509.RFC822Name("a@b")], {8: b"\x0c"}, "no UTF8String", id="no-length"),
        pytest.param([x509.RFC822Name("a@b")], {8: b"\x0c\x02\xff\xfe"}, "can't decode", id="no-utf-8"),
    ],
)
def test_a_certificate_that_is_not_clear_is_refused(
    names: list[x509.GeneralName], extensions: dict[int, bytes], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read_claims(certificate(names, extensions))
