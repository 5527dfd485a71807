"""As much DER (X.690) as an RFC 3161 token is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime as dt

UTC_TIME, GENERALIZED_TIME, UTF8_STRING = 0x17, 0x18, 0x0C
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID = 0x30, 0x31, 0x02, 0x04, 0x06


class Element(NamedTuple):
    """A parsed element: its tag, its content, and both with the length between them."""

    tag: int
    content: bytes
    encoded: bytes


def tagged(tag: int, *parts: bytes) -> bytes:
    """An element with any tag."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tagged(_SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF: in the order of the encodings."""
    return tagged(_SET, *sorted(parts))


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return tagged(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return tagged(_OCTETS, value)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *arcs = map(int, dotted.split("."))
    body = bytes([first * 40 + second])
    for arc in arcs:
        digits, rest = bytes([arc & 0x7F]), arc >> 7
        while rest:
            digits, rest = bytes([rest & 0x7F | 0x80]) + digits, rest >> 7
        body += digits
    return tagged(_OID, body)


def generalized_time(moment: dt.datetime) -> bytes:
    """GeneralizedTime in whole seconds of UTC."""
    return tagged(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def utc_time(moment: dt.datetime) -> bytes:
    """UTCTime."""
    return tagged(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def elements(data: bytes) -> list[Element]:
    """The elements that stand one after the other in `data`."""
    found, start = [], 0
    while start < len(data):
        size, body = data[start + 1], start + 2
        if size & 0x80:
            count = size & 0x7F
            size, body = int.from_bytes(data[body : body + count], "big"), body + count
        found.append(Element(data[start], data[body : body + size], data[start : body + size]))
        start = body + size
    return found
