"""Checking the structure of an EMBD file: header, sections in order, tensor index, footer, zeros between them."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from encoderfile_runtime.embd.layout import (
    ALIGNMENT,
    CHECKSUMMED_HEADER,
    DESCRIPTOR,
    FOOTER,
    HEADER,
    MAGIC,
    MAGIC_END,
    MAX_DIMENSIONS,
    DType,
    Flag,
    Header,
    TensorEntry,
    fnv1a,
    utf8,
)
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE = 4096  # the largest alignment that a section may be padded to
_DTYPES = tuple(DType)


class Frame(NamedTuple):
    """The checked header, the tensors in the order of the index, and warnings about harmless deviations."""

    header: Header
    entries: dict[str, TensorEntry]
    warnings: list[str]


def read_frame(view: memoryview, source: str) -> Frame:
    """Check that the sections are in order, account for every byte, and contain the tensors of the index.

    Raises:
        FormatError: the file breaks a rule of the format.
    """
    return _FrameReader(view, source).read()


class _FrameReader:
    def __init__(self, view: memoryview, source: str) -> None:
        self.view = view
        self.source = source
        self.end = len(view) - FOOTER.size
        self.warnings: list[str] = []

    def fail(self, offset: int | None, message: str) -> NoReturn:
        raise FormatError(self.source, message, offset)

    def read(self) -> Frame:
        header = self.header()
        self.footer()
        self.sections(header)
        entries = self.index(header)
        self.data(header, entries)
        return Frame(header, entries, self.warnings)

    def header(self) -> Header:
        if self.end < HEADER.size:
            self.fail(None, f"{len(self.view)} bytes: an EMBD file has at least {HEADER.size + FOOTER.size}")
        header = Header._make(HEADER.unpack_from(self.view))
        if header.magic != MAGIC:
            self.fail(0, f"begins with {header.magic!r}, expected {MAGIC!r}")
        if header.version_major != 1:
            self.fail(4, f"format version {header.version_major}.{header.version_minor}: only version 1 is known")
        if header.metadata_offset < HEADER.size:
            self.fail(
                12,
                f"metadata begins at {header.metadata_offset}, inside the header; if this is a sequential file of "
                "cpp_embedder, convert it with `encoderfile weights convert`",
            )
        self.flags(header)
        if header.total_file_size != len(self.view):
            what = "cut short" if header.total_file_size > len(self.view) else "followed by other bytes"
            self.fail(48, f"total_file_size is {header.total_file_size}, but there are {len(self.view)} bytes: {what}")
        if header.version_minor:
            self.warnings.append(f"format version 1.{header.version_minor} is newer than 1.0")
        if header.reserved:
            self.warnings.append(f"the header's reserved field is {header.reserved:#010x}, expected 0")
        return header

    def flags(self, header: Header) -> None:
        checksum = zlib.crc32(self.view[:CHECKSUMMED_HEADER])
        required = header.header_checksum or header.flags & Flag.CHECKSUM_ENABLED
        if required and header.header_checksum != checksum:
            self.fail(56, f"header_checksum is {header.header_checksum:#010x}, the header has {checksum:#010x}")
        if header.flags & Flag.COMPRESSED:
            self.fail(8, "flag bit 3 (COMPRESSED) is set, but the format defines no compression")
        if header.flags >> 4:
            self.fail(8, f"reserved flag bits are set: {header.flags:#010x}")

    def footer(self) -> None:
        _, _, magic, reserved = FOOTER.unpack_from(self.view, self.end)
        if magic != MAGIC_END:
            self.fail(self.end + 8, f"ends with {magic!r}, expected {MAGIC_END!r}")
        if reserved:
            self.warnings.append(f"the footer's reserved field is {reserved:#010x}, expected 0")

    def sections(self, header: Header) -> None:
        """Check that the sections are in the spec's order, do not overlap, and have only zeros between them."""
        descriptors = header.tensor_index_count * DESCRIPTOR.size
        sections = [("metadata", 12, header.metadata_offset, header.metadata_size)]
        if header.flags & Flag.VOCAB_EMBEDDED:
            sections.append(("vocabulary", 20, header.vocab_offset, header.vocab_size))
        elif header.vocab_offset or header.vocab_size:
            self.fail(20, "there is a vocabulary section, but the flag VOCAB_EMBEDDED is not set")
        sections.append(("tensor index", 28, header.tensor_index_offset, descriptors))
        position = HEADER.size
        for name, field, offset, size in sections:
            self.place(name, field, position, offset, size)
            self.padding(position, offset, _PAGE)
            position = offset + size
        # The names of the tensors lie between the index and the data; `index` adds up their lengths.
        self.place("tensor data", 36, position, header.tensor_data_offset, header.tensor_data_size)
        if not header.tensor_index_count:
            self.fail(32, "the file has no tensors")
        if header.flags & Flag.TENSORS_ALIGNED and header.tensor_data_offset % ALIGNMENT:
            self.warnings.append(f"tensor data begins at {header.tensor_data_offset}, which is not 64-byte aligned")

    def place(self, name: str, field: int, position: int, offset: int, size: int) -> None:
        """Check that a section lies between `position` and the footer; `field` is the offset of its header field."""
        if offset < position:
            self.fail(field, f"the {name} begins at {offset}, before the section ahead of it ends at {position}")
        if offset + size > self.end:
            self.fail(field, f"the {name} ends at {offset + size}, past the footer at {self.end}")

    def padding(self, start: int, stop: int, alignment: int) -> None:
        """Check that a gap is all zeros and shorter than an alignment."""
        if stop - start >= alignment:
            self.fail(start, f"{stop - start} bytes belong to nothing; padding is shorter than {alignment}")
        if any(self.view[start:stop]):
            self.fail(start, f"padding of {stop - start} bytes is not all zeros")

    def index(self, header: Header) -> dict[str, TensorEntry]:
        """Decode the tensor index, which is followed by the names in the same order."""
        entries: dict[str, TensorEntry] = {}
        at = header.tensor_index_offset
        position = at + header.tensor_index_count * DESCRIPTOR.size
        descriptors = DESCRIPTOR.iter_unpack(self.view[at:position])
        for name_hash, code, dimensions, name_length, *sizes, data_offset in descriptors:
            end_of_name = position + name_length
            if end_of_name > header.tensor_data_offset:
                self.fail(at + 6, f"the tensor's name ends at {end_of_name}, past the start of the data")
            name = self.name(at, name_hash, position, end_of_name)
            if name in entries:
                self.fail(at, f"tensor name {name!r} comes twice")
            dtype, shape = self.type(at, name, code, dimensions, sizes)
            length = math.prod(shape) * dtype.itemsize
            stop = data_offset + length
            if stop > header.tensor_data_size:
                self.fail(at + 24, f"{name!r} ends at {stop} of {header.tensor_data_size} bytes of tensor data")
            if header.flags & Flag.TENSORS_ALIGNED and data_offset % ALIGNMENT:
                self.fail(at + 24, f"{name!r} has offset {data_offset}, but TENSORS_ALIGNED promises multiples of 64")
            entries[name] = TensorEntry(name, dtype, shape, header.tensor_data_offset + data_offset, length)
            position = end_of_name
            at += DESCRIPTOR.size
        self.padding(position, header.tensor_data_offset, _PAGE)
        return entries

    def name(self, at: int, name_hash: int, start: int, stop: int) -> str:
        raw = bytes(self.view[start:stop])
        name = utf8(raw, start, "name of the tensor", self.source)
        if not name:
            self.fail(at + 6, "a tensor's name is empty")
        if fnv1a(raw) != name_hash:
            self.fail(at, f"name_hash of {name!r} is {name_hash:#010x}, expected {fnv1a(raw):#010x}")
        return name

    def type(
        self, at: int, name: str, code: int, dimensions: int, sizes: Sequence[int]
    ) -> tuple[DType, tuple[int, ...]]:
        if code >= len(_DTYPES):
            self.fail(at + 4, f"{name!r} has unknown dtype {code}")
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            self.fail(at + 5, f"{name!r} has {dimensions} dimensions, expected 1 to {MAX_DIMENSIONS}")
        shape = tuple(sizes[:dimensions])
        if 0 in shape or any(sizes[dimensions:]):
            self.fail(at + 8, f"{name!r} has shape fields {sizes}, expected {dimensions} sizes and then zeros")
        return _DTYPES[code], shape

    def data(self, header: Header, entries: dict[str, TensorEntry]) -> None:
        """Check that tensors do not overlap, and that only padding lies between them."""
        position = header.tensor_data_offset
        for entry in sorted(entries.values(), key=lambda entry: entry.offset):
            if entry.offset < position:
                self.fail(entry.offset, f"tensor {entry.name!r} overlaps another, which ends at {position}")
            self.padding(position, entry.offset, ALIGNMENT)
            position = entry.offset + entry.length
        stop = header.tensor_data_offset + header.tensor_data_size
        self.padding(position, stop, ALIGNMENT)
        self.padding(stop, self.end, ALIGNMENT)
