r"""The archive at the end of a standalone base, with frozen modules and resources, and the 64-byte trailer that locates it.

    base    := [native executable][zeros up to a page][archive][trailer]
    trailer := magic "ENCBASE\0" | version u32 | flavour u32 | archive offset u64 | archive length u64 | archive SHA-256
    archive := magic "ENCARCH\0" | version u32 | count u32 | count records | names | data
    record  := name length u32 | kind u32 | data length u64

Integers are little-endian. Each name is followed by a NUL. Records have lengths but no offsets, so entries can neither
overlap nor leave gaps. Entries are in the order in which a start reads them.
`hatch_encoderfile/bases/standalone/main.c` reads this format too, at each start.
"""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from encoderfile_runtime.errors import FormatError, IntegrityError

from .manifest import is_safe_path

TRAILER_MAGIC = b"ENCBASE\0"
ARCHIVE_MAGIC = b"ENCARCH\0"
VERSION = 1
PAGE = 4096
MAX_ENTRIES = 1 << 14
MAX_NAME = 255

TRAILER = struct.Struct("<8sIIQQ32s")
HEADER = struct.Struct("<8sII")
RECORD = struct.Struct("<IIQ")


class Flavour(IntEnum):
    """The kind of program: STATIC is one ELF file, ASSEMBLED is a launcher that unpacks shared libraries and starts them."""

    STATIC = 1
    ASSEMBLED = 2


class Kind(IntEnum):
    """The content of an entry: a module's code in marshal's format, or the bytes of a resource."""

    MODULE = 1
    PACKAGE = 2
    RESOURCE = 3


class Trailer(NamedTuple):
    """The last 64 bytes of a standalone base; offset and length in bytes, the offset from the start of the base."""

    flavour: Flavour
    archive_offset: int
    archive_length: int
    archive_sha256: bytes

    def encode(self) -> bytes:
        """The 64 bytes."""
        return TRAILER.pack(TRAILER_MAGIC, VERSION, *self)


class Entry(NamedTuple):
    """An entry of the archive; `data` is a view of the archive, not a copy."""

    name: str
    kind: Kind
    data: memoryview


class Archive(NamedTuple):
    """The archive of a base, by the names of its entries."""

    trailer: Trailer
    entries: dict[str, Entry]

    def resource(self, name: str) -> memoryview | None:
        """The bytes of a resource; None if there is none of that name."""
        entry = self.entries.get(name)
        return entry.data if entry and entry.kind is Kind.RESOURCE else None


def read_base(base: memoryview, source: str, check: bool = True) -> Archive | None:
    """Read the archive of a base; None if the base has no trailer, as portable ones and those of other projects.

    Args:
        base: exactly the bytes of the base.
        source: the file's name, for messages.
        check: whether to compare the archive's digest, which reads all of it.

    Raises:
        FormatError: the trailer or the archive is malformed.
        IntegrityError: the archive's digest differs.
    """
    trailer = parse_trailer(bytes(base[-TRAILER.size :]), source, len(base))
    if trailer is None:
        return None
    start = trailer.archive_offset
    archive = base[start : start + trailer.archive_length]
    if check:
        import hashlib

        found = hashlib.sha256(archive).digest()
        if found != trailer.archive_sha256:
            raise IntegrityError(
                f"{source}: base archive: sha256 differs: recorded {trailer.archive_sha256.hex()}, found {found.hex()}"
            )
    return Archive(trailer, parse_archive(archive, source, start))


def parse_trailer(data: bytes, source: str, base_length: int) -> Trailer | None:
    """Decode the last 64 bytes of a base of `base_length` bytes; None if they do not begin with the magic.

    Raises:
        FormatError: the trailer is of another version, or the archive does not end where the trailer begins.
    """
    if len(data) != TRAILER.size or not data.startswith(TRAILER_MAGIC):
        return None
    at = base_length - TRAILER.size
    _, version, flavour, offset, length, sha256 = TRAILER.unpack(data)
    if version != VERSION:
        raise FormatError(source, f"base trailer: version {version}, expected {VERSION}", at + 8)
    if flavour not in tuple(Flavour):
        raise FormatError(source, f"base trailer: flavour {flavour}, expected one of {_numbers(Flavour)}", at + 12)
    if offset > at or offset % PAGE:
        raise FormatError(
            source, f"base trailer: archive offset {offset}, expected a multiple of {PAGE} before it", at + 16
        )
    if length != at - offset:
        raise FormatError(
            source, f"base trailer: archive of {length} bytes at {offset}, expected {at - offset}", at + 24
        )
    return Trailer(Flavour(flavour), offset, length, sha256)


def parse_archive(archive: memoryview, source: str, start: int = 0) -> dict[str, Entry]:
    """Decode an archive into its entries by name, in the order of the archive.

    Args:
        archive: exactly the bytes of the archive.
        source: the file's name, for messages.
        start: offset of the archive in the file, for messages.

    Raises:
        FormatError: the archive is malformed.
    """
    if len(archive) < HEADER.size:
        raise FormatError(source, f"base archive: {len(archive)} bytes are too few for its header", start)
    magic, version, count = HEADER.unpack_from(archive)
    if magic != ARCHIVE_MAGIC:
        raise FormatError(source, "base archive: its magic is not ENCARCH", start)
    if version != VERSION:
        raise FormatError(source, f"base archive: version {version}, expected {VERSION}", start + 8)
    if count > MAX_ENTRIES or HEADER.size + count * RECORD.size > len(archive):
        raise FormatError(source, f"base archive: {count} entries, more than fit it or than {MAX_ENTRIES}", start + 12)
    entries: dict[str, Entry] = {}
    for entry, at in _entries(archive, count, source, start):
        if entry.name in entries:
            raise FormatError(source, f"base archive: {entry.name} stands twice", at)
        entries[entry.name] = entry
    return entries


def _entries(archive: memoryview, count: int, source: str, start: int) -> Iterator[tuple[Entry, int]]:
    """The entries, each with the offset of its record in the file."""
    records = [
        (HEADER.size + i * RECORD.size, *RECORD.unpack_from(archive, HEADER.size + i * RECORD.size))
        for i in range(count)
    ]
    # Names follow the records and data follows the names, each without gaps: positions are sums of lengths.
    name_at = HEADER.size + count * RECORD.size
    data_at = name_at + sum(name_length + 1 for _, name_length, _, _ in records)
    for at, name_length, kind, length in records:
        if kind not in tuple(Kind):
            raise FormatError(source, f"base archive: kind {kind}, expected one of {_numbers(Kind)}", start + at + 4)
        if not 0 < name_length <= MAX_NAME or name_length >= len(archive) - name_at:
            raise FormatError(source, f"base archive: a name of {name_length} bytes", start + at)
        if length > len(archive) - data_at:
            raise FormatError(source, f"base archive: {length} bytes of data go past its end", start + at + 8)
        name = _name(bytes(archive[name_at : name_at + name_length + 1]), Kind(kind))
        if name is None:
            raise FormatError(source, f"base archive: no name for a {Kind(kind).name.lower()}", start + name_at)
        yield Entry(name, Kind(kind), archive[data_at : data_at + length]), start + at
        name_at += name_length + 1
        data_at += length
    if data_at != len(archive):
        raise FormatError(
            source, f"base archive: {len(archive) - data_at} bytes that no entry accounts for", start + data_at
        )


def _name(data: bytes, kind: Kind) -> str | None:
    """Decode a name with its NUL; None if it is not valid for this kind of entry: a path, or a module's dotted name."""
    text, end = data[:-1].decode("ascii", "replace"), data[-1]
    valid = is_safe_path(text) if kind is Kind.RESOURCE else all(map(str.isidentifier, text.split(".")))
    return text if valid and text.isascii() and not end else None


def _numbers(members: type[IntEnum]) -> str:
    return ", ".join(str(int(member)) for member in members)
