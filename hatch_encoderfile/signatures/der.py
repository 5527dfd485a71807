"""DER (X.690) as far as it is needed to see that nothing stands between what is signed."""

from __future__ import annotations

from typing import NamedTuple

SEQUENCE, SET, OCTET_STRING, INTEGER = 0x30, 0x31, 0x04, 0x02
_LONG = 0x80


class Element(NamedTuple):
    """A value with its tag, and all its bytes."""

    tag: int
    content: bytes
    encoded: bytes


def elements(data: bytes) -> list[Element]:
    """The values that stand one after the other, with nothing in between.

    Raises:
        ValueError: it is no DER.
    """
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("is no DER: it ends within a length")
        size, start = data[at + 1], at + 2
        if size & _LONG:
            count = size & ~_LONG
            size = int.from_bytes(data[start : start + count], "big")
            # DER has one way to write a length: the shortest.
            if not 1 <= count <= 4 or size < max(_LONG, 1 << 8 * (count - 1)):
                raise ValueError("is no DER: a length is not written the short way")
            start += count
        if start + size > len(data):
            raise ValueError("is no DER: a value is longer than what is there")
        found.append(Element(data[at], data[start : start + size], data[at : start + size]))
        at = start + size
    return found


def inside(data: bytes, tag: int) -> list[Element]:
    """The values in the one value that `data` is.

    Raises:
        ValueError: it is no DER, or of another tag.
    """
    outer = elements(data)
    if len(outer) != 1 or outer[0].tag != tag:
        raise ValueError(f"is no DER value with the tag {tag:#04x}")
    return elements(outer[0].content)
