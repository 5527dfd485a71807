"""The layout of a file of our profile: the offset of each part, and the bytes between the parts.

    [base][manifest][zip local header + padding][artifact] … [zip directory][end record with its comment]
    comment := SHA-256 of the manifest | footer

The whole file is a zip archive (APPNOTE.TXT 6.3.10) that lists the base's code and every artifact. Beyond the 4 GiB
that a plain zip can address, the artifacts have no local headers, and a copy of the base's code entries follows them:
Python runs zip64 archives as programs only from 3.13 on.

Offsets depend only on the lengths of the parts, and the bytes between the parts only on these and on the CRC-32 of each
part. The writer and the verifier both compute them here.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import FormatError

from .manifest import PORTABLE, Manifest, WeightsFormat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from . import footer
    from .container import Part

# Values that mean "see the zip64 record" (APPNOTE.TXT 4.4.1.4): a plain zip stays below them.
ZIP_LIMIT = 0xFFFFFFFF
ENTRY_LIMIT = 0xFFFF
_MAX_DIRECTORY = 1 << 24  # bytes of a base's directory that are read

# APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16, without the fields of variable length.
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_LOCAL_MAGIC, _CENTRAL_MAGIC, _END_MAGIC = 0x04034B50, 0x02014B50, 0x06054B50
_VERSION, _UNIX, _UTF8 = 20, 3 << 8, 1 << 11  # version needed; host system of the attributes; flag of UTF-8 names
_DATE, _TIME = 1 << 5 | 1, 0  # 1980-01-01T00:00:00, the earliest time of the format
_REGULAR_FILE = 0o100644 << 16
_ALIGNMENT_FIELD = struct.Struct("<HHH")
_ALIGNMENT_ID = 0xD935  # Android's zipalign: id, size, alignment, then zeros

_SUFFIXES = {
    WeightsFormat.UNSPECIFIED: "onnx",
    WeightsFormat.EMBD: "embd",
    WeightsFormat.ONNX: "onnx",
    WeightsFormat.PTE: "pte",
}
_ENTRY_NAMES = {
    "transform": "artifacts/transform.binpb",
    "model_config": "artifacts/model_config.json",
    "tokenizer": "artifacts/tokenizer.json",
    "image_preprocessor": "artifacts/image_preprocessor.json",
}


class Code(NamedTuple):
    """The code entries of a portable base, which is itself a zip archive.

    Attributes:
        start: offset of the first local header in the base.
        entries: the bytes from there to the directory.
        directory: the bytes of the directory's records.
        records: the number of records.
    """

    start: int = 0
    entries: bytes | memoryview = b""
    directory: bytes = b""
    records: int = 0


class Segment(NamedTuple):
    """Bytes of the file that are computed from the rest of it; `fault` is the message if the file has others there."""

    fault: str
    offset: int
    data: bytes | memoryview


class Placement(NamedTuple):
    """The parts with their offsets; `directory_offset` is that of the zip directory, or of the copy of the code."""

    parts: list[Part]
    directory_offset: int
    is_zip: bool


def entry_name(part: Part, weights_format: WeightsFormat) -> str:
    """The part's name in the zip directory."""
    if part.name == "weights":
        return f"artifacts/weights.{_SUFFIXES[weights_format]}"
    return _ENTRY_NAMES.get(part.name, part.name)


def read_code(base: memoryview, flavour: str, source: str) -> Code:
    """Read the code entries of a portable base; other bases have none.

    Raises:
        FormatError: a portable base is not a plain zip archive.
    """
    if flavour != PORTABLE:
        return Code()
    at = len(base) - _END.size
    if at < 0:
        raise FormatError(source, "base: too short for a portable base")
    magic, disk, first_disk, here, count, size, start, comment = _END.unpack_from(base, at)
    if (magic, disk, first_disk, comment) != (_END_MAGIC, 0, 0, 0) or here != count or start + size != at:
        raise FormatError(source, "base: a portable base ends with a zip directory and its end record", at)
    if size > _MAX_DIRECTORY:
        raise FormatError(source, f"base: a zip directory of {size} bytes, expected at most {_MAX_DIRECTORY}", start)
    directory = bytes(base[start:at])
    offsets = list(_local_offsets(directory, start, source))
    if len(offsets) != count or not offsets:
        raise FormatError(source, f"base: the zip directory has {len(offsets)} entries, expected {count}", start)
    return Code(min(offsets), base[min(offsets) : start], directory, count)


def _local_offsets(directory: bytes, start: int, source: str) -> Iterator[int]:
    """The offset of the local header of each record of a zip directory that begins at `start`."""
    position = 0
    while position < len(directory):
        if len(directory) - position < _CENTRAL.size:
            raise FormatError(source, "base: the zip directory ends inside a record", start + position)
        record = _CENTRAL.unpack_from(directory, position)
        name_length, extra_length, comment_length, offset = *record[10:13], record[16]
        name = directory[position + _CENTRAL.size :][:name_length]
        if record[0] != _CENTRAL_MAGIC or offset >= start:
            raise FormatError(source, "base: a broken record in the zip directory", start + position)
        if name.startswith((b"artifacts/", b"attachments/")):
            raise FormatError(source, f"base: {name!r} would hide an artifact", start + position)
        yield offset
        position += _CENTRAL.size + name_length + extra_length + comment_length


def place(start: int, parts: Sequence[Part], weights_format: WeightsFormat, code: Code) -> Placement:
    """Compute the offset of each part.

    Args:
        start: the end of the manifest.
        parts: the parts in their order; their present offsets are ignored.
        weights_format: for the name of the weights' zip entry.
        code: the base's code entries.
    """
    placed, position, directory_length = [], start, len(code.directory)
    for part in parts:
        name = entry_name(part, weights_format).encode()
        data = _pad(position + _LOCAL.size + len(name), part.alignment)
        placed.append(part._replace(offset=data))
        position = data + part.length
        directory_length += _CENTRAL.size + len(name)
    largest = max([position + directory_length, *(part.length for part in parts)])
    if largest < ZIP_LIMIT and code.records + len(parts) < ENTRY_LIMIT:
        return Placement(placed, position, is_zip=True)
    # Too large for a plain zip: no local headers, only padding between the parts.
    placed, position = [], start
    for part in parts:
        placed.append(part._replace(offset=position + -position % part.alignment))
        position = placed[-1].end
    return Placement(placed, position, is_zip=False)


def _pad(position: int, alignment: int) -> int:
    """The first aligned offset at or after `position` that leaves no gap, or one that an alignment field can fill."""
    padding = -position % alignment
    if 0 < padding < _ALIGNMENT_FIELD.size:
        padding += alignment
    return position + padding


def comment(manifest: bytes, place: footer.Footer) -> bytes:
    """The comment of the zip end record: SHA-256 of the manifest's bytes, then the footer, which thus ends the file."""
    return hashlib.sha256(manifest).digest() + place.encode()


def hides_end_record(end: bytes | memoryview) -> bool:
    """Whether an end record with its comment contains the end record's magic a second time.

    Zip readers search backwards for the magic, and would take that place for the end record.

    Args:
        end: the end record with its comment.
    """
    return bytes(end).rfind(_END_MAGIC.to_bytes(4, "little")) != 0


def segments(
    manifest: Manifest, start: int, placement: Placement, code: Code, crcs: Mapping[str, int], *, end_comment: bytes
) -> Iterator[Segment]:
    """Compute every byte that is neither base, manifest nor part, in the order of the file; the last is the end record.

    Args:
        manifest: for the names of the entries.
        start: the end of the manifest.
        placement: from `place`.
        code: the base's code entries.
        crcs: the CRC-32 of each part, by name.
        end_comment: from `comment`; the footer alone in files from before the manifest's digest was recorded.
    """
    position = start
    # One directory lists the base's code first, by its offsets in the base, and then the artifacts.
    directory, count = bytearray(code.directory), code.records
    for part in placement.parts:
        if placement.is_zip:
            name = entry_name(part, manifest.weights_format).encode()
            header = _local_header(name, part, position, crcs[part.name])
            yield Segment(f"the zip header of {part.name} disagrees with the manifest", position, header)
            directory += _record(name, part, position, crcs[part.name])
            count += 1
            position += len(header)
        yield Segment(f"the padding before {part.name} is not zero", position, bytes(part.offset - position))
        position = part.end
    first_record = position
    if not placement.is_zip:
        # A reader takes directory position - recorded offset as the number of bytes before the archive. Recording where
        # the directory would be in the base makes the base's offsets point at the copy.
        yield Segment("the copy of the code differs from the base", position, code.entries)
        position += len(code.entries)
        first_record = code.start + len(code.entries)
    end = _END.pack(_END_MAGIC, 0, 0, count, count, len(directory), first_record, len(end_comment))
    yield Segment("the zip directory disagrees with the manifest", position, bytes(directory))
    position += len(directory)
    yield Segment("the zip end record disagrees with the manifest", position, end + end_comment)


def _local_header(name: bytes, part: Part, position: int, crc: int) -> bytes:
    """The local header, its name and the start of the alignment field; the padding is the rest of that field."""
    padding = part.offset - position - _LOCAL.size - len(name)
    extra = _ALIGNMENT_FIELD.pack(_ALIGNMENT_ID, padding - 4, part.alignment) if padding else b""
    header = _LOCAL.pack(
        _LOCAL_MAGIC, _VERSION, _flags(name), 0, _TIME, _DATE, crc, part.length, part.length, len(name), padding
    )
    return header + name + extra


def _record(name: bytes, part: Part, header: int, crc: int) -> bytes:
    """The record of a part in the directory; `header` is the offset of its local header."""
    sizes = (part.length, part.length, len(name), 0, 0)
    fixed = (_CENTRAL_MAGIC, _UNIX | _VERSION, _VERSION, _flags(name), 0, _TIME, _DATE, crc)
    return _CENTRAL.pack(*fixed, *sizes, 0, 0, _REGULAR_FILE, header) + name


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else _UTF8
