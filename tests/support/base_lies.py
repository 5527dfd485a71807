"""Standalone bases whose trailer or archive lies, by the name of the lie; both readers, in Python and in C, refuse them."""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

from encoderfile_runtime.format.base_archive import HEADER, PAGE, RECORD, TRAILER, Kind
from hatch_encoderfile.bases.archive import Member, encode_base

MEMBERS = (Member("package", Kind.PACKAGE, b"code"), Member("licenses/a.txt", Kind.RESOURCE, b"licence"))
HUGE = 2**64 - 1

# Offsets from the start of the archive.
FIRST = HEADER.size
SECOND = FIRST + RECORD.size
NAMES = SECOND + RECORD.size


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


class Lie(NamedTuple):
    """Bytes to overwrite; a negative offset counts from the end of the base, others from the start of the archive."""

    name: str
    offset: int
    data: bytes
    message: str

    def told(self, program: bytes = b"program") -> bytes:
        """The base with the lie in it; the archive's digest is that of what it holds."""
        base = bytearray(encode_base(program, MEMBERS))
        archive = len(program) + -len(program) % PAGE
        start = len(base) + self.offset if self.offset < 0 else archive + self.offset
        base[start : start + len(self.data)] = self.data
        if start < len(base) - TRAILER.size:
            base[-32:] = hashlib.sha256(base[archive : -TRAILER.size]).digest()
        return bytes(base)


IN_TRAILER = (
    Lie("version", -56, u32(2), "base at offset 4186: base trailer: version 2, expected 1"),
    Lie("flavour-none", -52, u32(0), "base at offset 4190: base trailer: flavour 0, expected one of 1, 2"),
    Lie("flavour-unknown", -52, u32(3), "base at offset 4190: base trailer: flavour 3, expected one of 1, 2"),
    Lie(
        "offset-huge",
        -48,
        u64(HUGE),
        "base at offset 4194: base trailer: archive offset 18446744073709551615, expected a multiple of 4096 before it",
    ),
    Lie(
        "offset-unaligned",
        -48,
        u64(4095),
        "base at offset 4194: base trailer: archive offset 4095, expected a multiple of 4096 before it",
    ),
    Lie(
        "offset-past-the-trailer",
        -48,
        u64(8192),
        "base at offset 4194: base trailer: archive offset 8192, expected a multiple of 4096 before it",
    ),
    Lie(
        "offset-of-the-program",
        -48,
        u64(0),
        "base at offset 4202: base trailer: archive of 82 bytes at 0, expected 4178",
    ),
    Lie(
        "length-huge",
        -40,
        u64(HUGE),
        "base at offset 4202: base trailer: archive of 18446744073709551615 bytes at 4096, expected 82",
    ),
    Lie("length-none", -40, u64(0), "base at offset 4202: base trailer: archive of 0 bytes at 4096, expected 82"),
    Lie(
        "offset-plus-length-wraps",
        -48,
        struct.pack("<QQ", HUGE - 4095, 4096),
        "base at offset 4194: base trailer: archive offset 18446744073709547520, expected a multiple of 4096 before it",
    ),
)
IN_ARCHIVE = (
    Lie("magic", 0, b"X", "base at offset 4096: base archive: its magic is not ENCARCH"),
    Lie("version", 8, u32(2), "base at offset 4104: base archive: version 2, expected 1"),
    Lie(
        "count-huge",
        12,
        u32(2**32 - 1),
        "base at offset 4108: base archive: 4294967295 entries, more than fit it or than 16384",
    ),
    Lie(
        "count-past-the-end", 12, u32(5), "base at offset 4108: base archive: 5 entries, more than fit it or than 16384"
    ),
    Lie("count-too-small", 12, u32(1), "base at offset 4128: base archive: no name for a package"),
    Lie("count-none", 12, u32(0), "base at offset 4112: base archive: 66 bytes that no entry accounts for"),
    Lie("name-empty", FIRST, u32(0), "base at offset 4112: base archive: a name of 0 bytes"),
    Lie("name-huge", FIRST, u32(2**32 - 1), "base at offset 4112: base archive: a name of 4294967295 bytes"),
    Lie("name-past-the-end", FIRST, u32(256), "base at offset 4112: base archive: a name of 256 bytes"),
    Lie("kind-none", FIRST + 4, u32(0), "base at offset 4116: base archive: kind 0, expected one of 1, 2, 3"),
    Lie("kind-unknown", FIRST + 4, u32(4), "base at offset 4116: base archive: kind 4, expected one of 1, 2, 3"),
    Lie(
        "kind-of-the-second",
        SECOND + 4,
        u32(9),
        "base at offset 4132: base archive: kind 9, expected one of 1, 2, 3",
    ),
    Lie(
        "data-huge",
        FIRST + 8,
        u64(HUGE),
        "base at offset 4120: base archive: 18446744073709551615 bytes of data go past its end",
    ),
    Lie("data-past-the-end", FIRST + 8, u64(12), "base at offset 4120: base archive: 12 bytes of data go past its end"),
    Lie("a-stray-byte", FIRST + 8, u64(3), "base at offset 4177: base archive: 1 bytes that no entry accounts for"),
    Lie("name-without-an-end", NAMES + 7, b".", "base at offset 4144: base archive: no name for a package"),
    Lie("name-with-an-end-inside", NAMES, b"pack\0ge", "base at offset 4144: base archive: no name for a package"),
    Lie("module-with-a-slash", NAMES, b"pack/ge", "base at offset 4144: base archive: no name for a package"),
    Lie("module-with-an-empty-part", NAMES, b"pack..e", "base at offset 4144: base archive: no name for a package"),
    Lie("name-not-ascii", NAMES, b"pack\xff\xffe", "base at offset 4144: base archive: no name for a package"),
    Lie(
        "resource-that-climbs",
        NAMES + 8,
        b"../censes/a.tx",
        "base at offset 4152: base archive: no name for a resource",
    ),
    Lie(
        "resource-from-the-root",
        NAMES + 8,
        b"/icenses/a.txt",
        "base at offset 4152: base archive: no name for a resource",
    ),
)
