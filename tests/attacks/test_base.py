"""Each way in which the trailer or the archive of a base can lie, by name, and the message that refuses it."""

from __future__ import annotations

import pytest
from support.base_lies import IN_ARCHIVE, IN_TRAILER, MEMBERS, Lie

from encoderfile_runtime.errors import FormatError, IntegrityError
from encoderfile_runtime.format.base_archive import TRAILER, Kind, read_base
from hatch_encoderfile.bases.archive import Member, encode_base


@pytest.mark.parametrize("lie", [*IN_TRAILER, *IN_ARCHIVE], ids=lambda lie: lie.name)
def test_a_lie_is_refused(lie: Lie) -> None:
    with pytest.raises(FormatError) as caught:
        read_base(memoryview(lie.told()), "base")

    assert str(caught.value) == lie.message


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(FormatError, match="json stands twice"):
        encode_base(b"", [Member("json", Kind.MODULE, b"1"), Member("json", Kind.MODULE, b"2")])


def test_code_that_was_changed_is_refused() -> None:
    base = bytearray(encode_base(b"program", MEMBERS))
    base[-TRAILER.size - 1] ^= 1

    with pytest.raises(IntegrityError, match="base archive: sha256 differs"):
        read_base(memoryview(base), "base")


@pytest.mark.parametrize("length", [0, 1, 63, 64, 4096])
def test_what_has_no_trailer_has_no_archive(length: int) -> None:
    assert read_base(memoryview(bytes(length)), "base") is None


def test_a_trailer_alone_is_refused() -> None:
    trailer = encode_base(b"program", MEMBERS)[-TRAILER.size :]

    with pytest.raises(FormatError, match="archive offset 4096"):
        read_base(memoryview(trailer), "base")
