"""What a Fulcio certificate says of its holder (fulcio, docs/oid-info.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_ARC = "1.3.6.1.4.1.57264.1"
_ISSUER_V1, _OTHER_NAME = f"{_ARC}.1", f"{_ARC}.7"
_UTF8_STRING = 0x0C


class Claims(NamedTuple):
    """Who held the key, as the identity provider told the CA; empty where the certificate does not say.

    Attributes:
        identity: an e-mail address, or the URI of a workflow.
        issuer: the identity provider.
        source_repository: URI of the repository that the workflow ran on.
        source_ref: the ref it ran on, e.g. `refs/tags/v1`.
        source_digest: the commit.
        runner_environment: `github-hosted` or `self-hosted`.
        trigger: the event that started the workflow.
        build_signer: URI of the workflow with its ref, from which the signature is; for a reusable one that, not its caller.
        build_config: URI of the workflow at the top, with its ref.
        run: URI of the run.
    """

    identity: str
    issuer: str
    source_repository: str = ""
    source_ref: str = ""
    source_digest: str = ""
    runner_environment: str = ""
    trigger: str = ""
    build_signer: str = ""
    build_config: str = ""
    run: str = ""


def read_claims(certificate: Certificate) -> Claims:
    """Read the claims of a certificate.

    Raises:
        ValueError: it has no identity or several, or an extension is broken.
    """
    v1 = _extension(certificate, _ISSUER_V1).decode()
    v2 = _text(_extension(certificate, f"{_ARC}.8"))
    if v1 and v2 and v1 != v2:
        raise ValueError(f"the certificate names two issuers, {v1!r} and {v2!r}")
    numbers = (12, 14, 13, 11, 20, 9, 18, 21)
    return Claims(
        _identity(certificate), v2 or v1, *(_text(_extension(certificate, f"{_ARC}.{number}")) for number in numbers)
    )


def _identity(certificate: Certificate) -> str:
    from cryptography.x509 import OtherName, RFC822Name, SubjectAlternativeName, UniformResourceIdentifier

    names = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    if len(names) != 1:
        raise ValueError(f"the certificate has {len(names)} identities, expected one")
    match names[0]:
        case RFC822Name(value=value) | UniformResourceIdentifier(value=value):
            return value
        case OtherName(type_id=kind, value=value) if kind.dotted_string == _OTHER_NAME:
            return _text(value)
        case _:
            raise ValueError("the certificate's identity is neither an e-mail address nor a URI")


def _extension(certificate: Certificate, oid: str) -> bytes:
    from cryptography.x509 import UnrecognizedExtension

    for extension in certificate.extensions:
        if extension.oid.dotted_string == oid and isinstance(extension.value, UnrecognizedExtension):
            return extension.value.value
    return b""


def _text(der: bytes) -> str:
    """A UTF8String; an absent one is empty."""
    if not der:
        return ""
    size, start = der[1] if len(der) > 1 else 0, 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start], "big")
    if der[0] != _UTF8_STRING or len(der) != start + size:
        raise ValueError("an extension of the certificate is no UTF8String")
    return der[start:].decode()
