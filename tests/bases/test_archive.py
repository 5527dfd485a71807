"""The archive of a standalone base: golden bytes, and whatever is written is read back."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.base_archive import Entry, Flavour, Kind, read_base
from hatch_encoderfile.bases.archive import Member, encode_archive, encode_base

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}(\.[a-z_][a-z0-9_]{0,8}){0,3}", fullmatch=True)


def test_golden_archive() -> None:
    archive = encode_archive([Member("a.b", Kind.MODULE, b"code"), Member("c.txt", Kind.RESOURCE, b"")])

    expected = (
        b"ENCARCH\0" + b"\1\0\0\0" + b"\2\0\0\0"
        b"\3\0\0\0" + b"\1\0\0\0" + b"\4\0\0\0\0\0\0\0"
        b"\5\0\0\0" + b"\3\0\0\0" + b"\0\0\0\0\0\0\0\0"
        b"a.b\0" + b"c.txt\0" + b"code"
    )
    assert expected == archive


def test_golden_base() -> None:
    archive = encode_archive([])
    base = encode_base(b"program", [], Flavour.ASSEMBLED)

    trailer = (
        b"ENCBASE\0" + b"\1\0\0\0" + b"\2\0\0\0" + b"\0\x10\0\0\0\0\0\0" + b"\x10\0\0\0\0\0\0\0"
    ) + hashlib.sha256(archive).digest()
    assert b"program" + bytes(4089) + archive + trailer == base


@given(st.binary(max_size=40), st.dictionaries(NAMES, st.tuples(st.sampled_from(Kind), st.binary(max_size=40))))
def test_what_is_written_is_read_back(program: bytes, entries: dict[str, tuple[Kind, bytes]]) -> None:
    base = encode_base(program, [Member(name, *entry) for name, entry in entries.items()])

    archive = read_base(memoryview(base), "base")

    assert archive is not None
    assert [Entry(name, kind, memoryview(data)) for name, (kind, data) in entries.items()] == [
        *archive.entries.values()
    ]
    assert program == base[: len(program)]
    assert archive.trailer.archive_offset % 4096 == 0


@given(st.data())
def test_no_byte_can_be_changed_in_silence(data: st.DataObject) -> None:
    base = bytearray(encode_base(b"program", [Member("a", Kind.MODULE, b"code"), Member("b", Kind.RESOURCE, b"text")]))
    position = data.draw(st.integers(4096, len(base) - 1))
    base[position] ^= data.draw(st.integers(1, 255))

    assert fault(base) or position >= len(base) - 64  # the magic of the trailer says whether there is an archive


def fault(base: bytearray) -> str:
    """The message that refuses a base; empty where it has no archive, or a good one."""
    try:
        read_base(memoryview(base), "base")
    except EncoderfileError as error:
        return str(error)
    return ""
