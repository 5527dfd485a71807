"""Each way in which the trailer or the archive of a base can lie, by name, and the message that refuses it."""

from __future__ import annotations

import hashlib

import pytest
from support.base_lies import IN_ARCHIVE, IN_TRAILER, MEMBERS, Lie

from encoderfile_runtime.errors import FormatError, IntegrityError
from encoderfile_runtime.format.base_archive import (
    ARCHIVE_MAGIC,
    HEADER,
    MAX_ENTRIES,
    RECORD,
    TRAILER,
    VERSION,
    Kind,
    parse_archive,
    read_base,
)
from hatch_encoderfile.bases.archive import Member, encode_base


@pytest.mark.parametrize("lie", [*IN_TRAILER, *IN_ARCHIVE], ids=lambda lie: lie.name)
def test_a_lie_is_refused(lie: Lie) -> None:
    with pytest.raises(FormatError) as caught:
        read_base(memoryview(lie.told()), "base")

    assert str(caught.value) == lie.message


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(FormatError, match="json stands twice"):
        encode_base(b"", [Member("json", Kind.MODULE, b"1"), Member("json", Kind.MODULE, b"2")])


def archive(*entries: tuple[bytes, int, bytes], count: int | None = None) -> memoryview:
    """An archive of names, kinds and data, whether they are valid or not."""
    records = b"".join(RECORD.pack(len(name), kind, len(data)) for name, kind, data in entries)
    names = b"".join(name + b"\0" for name, _, _ in entries)
    header = HEADER.pack(ARCHIVE_MAGIC, VERSION, len(entries) if count is None else count)
    return memoryview(header + records + names + b"".join(data for _, _, data in entries))


def refusal(data: memoryview, start: int = 100) -> str:
    with pytest.raises(FormatError) as caught:
        parse_archive(data, "f", start)
    return str(caught.value)


def test_entries_are_read_in_their_order() -> None:
    found = parse_archive(archive((b"b", 1, b"code"), (b"a.c", 2, b""), (b"x/y", 3, b"text")), "f")

    assert [(name, entry.name, entry.kind, bytes(entry.data)) for name, entry in found.items()] == [
        ("b", "b", Kind.MODULE, b"code"),
        ("a.c", "a.c", Kind.PACKAGE, b""),
        ("x/y", "x/y", Kind.RESOURCE, b"text"),
    ]
    assert parse_archive(archive(), "f") == {}


def test_only_a_resource_is_given_as_one() -> None:
    base = read_base(memoryview(encode_base(b"program", MEMBERS)), "base")
    assert base is not None
    assert bytes(base.resource("licenses/a.txt") or b"") == b"licence"
    assert base.resource("package") is None
    assert base.resource("none") is None


def test_an_archive_shorter_than_its_header_is_refused() -> None:
    message = "base archive: 15 bytes are too few for its header"
    assert f"f at offset 100: {message}" == refusal(archive()[:15])
    with pytest.raises(FormatError, match=f"^f at offset 0: {message}"):
        parse_archive(archive()[:15], "f")


def test_records_may_fill_the_archive_but_no_more() -> None:
    full = archive((b"", 1, b""))[:32]
    assert refusal(full) == "f at offset 116: base archive: a name of 0 bytes"
    assert refusal(full[:31]) == "f at offset 112: base archive: 1 entries, more than fit it or than 16384"


def test_an_archive_has_at_most_16384_entries() -> None:
    entries = [(b"m%d" % number, 1, b"") for number in range(MAX_ENTRIES + 1)]
    assert len(parse_archive(archive(*entries[:-1]), "f")) == MAX_ENTRIES == 16384
    assert refusal(archive(*entries)) == "f at offset 112: base archive: 16385 entries, more than fit it or than 16384"


@pytest.mark.parametrize(("length", "fine"), [(1, True), (255, True), (256, False)])
def test_a_name_has_at_most_255_bytes(length: int, fine: bool) -> None:
    data = archive((b"m" * length, 1, b"code" * 100))
    if fine:
        assert list(parse_archive(data, "f")) == ["m" * length]
    else:
        assert refusal(data) == "f at offset 116: base archive: a name of 256 bytes"


def test_the_second_of_a_name_is_the_one_that_is_refused() -> None:
    assert refusal(archive((b"a", 1, b""), (b"a", 2, b""))) == "f at offset 132: base archive: a stands twice"


def test_a_name_ends_before_the_archive_does() -> None:
    data = archive((b"abc", 1, b""))
    assert list(parse_archive(data, "f")) == ["abc"]
    assert refusal(data[:-1]) == "f at offset 116: base archive: a name of 3 bytes"


def test_code_that_was_changed_is_refused() -> None:
    base = bytearray(encode_base(b"program", MEMBERS))
    base[-TRAILER.size - 1] ^= 1

    recorded, found = base[-32:].hex(), hashlib.sha256(base[4096 : -TRAILER.size]).hexdigest()
    with pytest.raises(IntegrityError) as caught:
        read_base(memoryview(base), "base")
    assert str(caught.value) == f"base: base archive: sha256 differs: recorded {recorded}, found {found}"
    assert read_base(memoryview(base), "base", check=False) is not None


@pytest.mark.parametrize("length", [0, 1, 63, 64, 4096])
def test_what_has_no_trailer_has_no_archive(length: int) -> None:
    assert read_base(memoryview(bytes(length)), "base") is None


def test_a_trailer_alone_is_refused() -> None:
    trailer = encode_base(b"program", MEMBERS)[-TRAILER.size :]

    with pytest.raises(FormatError, match="archive offset 4096"):
        read_base(memoryview(trailer), "base")
