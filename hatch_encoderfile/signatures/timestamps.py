"""Signed timestamps (RFC 3161): each one holds, by an authority of the trusted root, and has nothing unsigned in it.

Of a response only the TSTInfo and the signed attributes are signed (RFC 5652, section 5.4). All else in it is a function of
these and of the authority's certificate, and is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import der

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from .root import Root

_GRANTED = bytes.fromhex("3003020100")  # PKIStatusInfo with status 0 and no text
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_THREE, _ONE = b"\x03", b"\x01"
_EXPLICIT = 0xA0
_NULL = b"\x05\0"
_HASHES = {bytes.fromhex(f"06096086480165030402{last}") for last in ("01", "02", "03")}  # SHA-256, 384, 512
_SIGNATURES = {
    *(bytes.fromhex(f"06082a8648ce3d0403{last}") for last in ("02", "03", "04")),  # ecdsa-with-SHA256, 384, 512
    *(bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("01", "0b", "0c", "0d")),  # RSA
}


def verified_times(timestamps: Sequence[bytes], root: Root, signature: bytes) -> list[dt.datetime]:
    """When an authority of the trusted root saw the signature; one moment for each timestamp.

    Raises:
        ValueError: one of them does not hold, or says more than is signed.
    """
    if len(set(timestamps)) != len(timestamps):
        raise ValueError("a timestamp stands twice in the bundle")
    return [_verified_time(data, root, signature) for data in timestamps]


def _verified_time(data: bytes, root: Root, signature: bytes) -> dt.datetime:
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    response = decode_timestamp_response(data)
    for authority in root.timestamp_authorities:
        leaf, *others = authority.certificates
        builder = VerifierBuilder().tsa_certificate(leaf)
        # An authority may be a single certificate that vouches for itself.
        builder = builder.add_root_certificate((others or [leaf])[-1])
        for certificate in others[:-1]:
            builder = builder.add_intermediate_certificate(certificate)
        try:
            builder.build().verify_message(response, signature)
        except VerificationError:
            continue
        moment = response.tst_info.gen_time
        if authority.covers(moment):
            _refuse_unsigned(data, authority.certificates)
            return moment
    raise ValueError(f"not enough sources of verified time: {_said(response)} is by no authority of the trusted root")


def _said(response: TimeStampResponse) -> str:
    return f"the timestamp of {response.tst_info.gen_time:%Y-%m-%dT%H:%M:%SZ}"


def _refuse_unsigned(data: bytes, chain: Sequence[Certificate]) -> None:
    """Refuse a response with anything in it that neither is signed nor follows from what is."""
    from cryptography.hazmat.primitives.serialization import Encoding

    status, content = der.inside(data, der.SEQUENCE)
    kind, explicit = der.elements(content.content)
    (signed_data,) = der.elements(explicit.content)
    version, hashes, info, *more, signers = der.elements(signed_data.content)
    (signer,) = der.elements(signers.content)
    number, name, algorithm, attributes, signed_with, _signature = der.elements(signer.content)
    leaf = chain[0]
    expected_name = leaf.issuer.public_bytes() + _integer(leaf.serial_number)
    embedded = [item.encoded for part in more for item in der.elements(part.content)]
    known = [item.public_bytes(Encoding.DER) for item in chain]
    checks: dict[str, Any] = {
        "status": status.encoded == _GRANTED,
        "content type": (kind.encoded, der.elements(info.content)[0].encoded) == (_SIGNED_DATA, _TST_INFO),
        "version": (version.content, number.content) == (_THREE, _ONE),
        "signer": name.content == expected_name,
        "digest algorithm": hashes.content == algorithm.encoded and _is_algorithm(algorithm.content, _HASHES),
        "signature algorithm": _is_algorithm(signed_with.content, _SIGNATURES),
        "attributes": attributes.tag == _EXPLICIT,
        "certificates": [part.tag for part in more] in ([], [_EXPLICIT])
        and len(set(embedded)) == len(embedded)
        and all(item in known for item in embedded),
    }
    if wrong := [what for what, holds in checks.items() if not holds]:
        raise ValueError(f"the timestamp's {wrong[0]} is not signed, and is not what follows from what is")


def _is_algorithm(content: bytes, known: set[bytes]) -> bool:
    """Whether it is an AlgorithmIdentifier without parameters, which some encoders write as NULL."""
    return content in known or (content.endswith(_NULL) and content.removesuffix(_NULL) in known)


def _integer(number: int) -> bytes:
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([der.INTEGER, len(data)]) + data
