"""Detecting the format of a weights file by its structure, and reading all formats into one representation."""

from __future__ import annotations

import enum
import mmap
import os
import zlib
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.embd import file as embd
from encoderfile_runtime.embd.layout import CHECKSUMMED_HEADER, FOOTER, HEADER, MAGIC, MAGIC_END, Header
from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.files import opened
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.weights import safetensors, sequential
from hatch_encoderfile.weights.tensor import StoredTensor, Tensor, to_stored

if TYPE_CHECKING:
    from pathlib import Path

    from encoderfile_runtime.files import InputFile

# A zip file, in which PyTorch keeps its pickle, and pickles of protocol 2 to 5.
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class Format(enum.Enum):
    """The formats of weights files."""

    EMBD = "embd"
    SEQUENTIAL = "sequential"
    SAFETENSORS = "safetensors"
    SAFETENSORS_INDEX = "safetensors-index"


class Weights(NamedTuple):
    """The contents of a weights file; linear weights have shape [out, in], and no data is read yet.

    Attributes:
        format: the format of the file.
        tensors: the tensors, in the order of the file.
        metadata: keys and values, if the format has them.
        vocabulary: tokens by id; empty if the file has none.
    """

    format: Format
    tensors: list[StoredTensor]
    metadata: dict[str, str]
    vocabulary: list[str]


def detect(path: Path) -> Format:
    """The format of a file, by its contents, not its name.

    EMBD and sequential files begin with the same eight bytes. In EMBD these are followed by a header with a checksum
    and the size of the file, in a sequential file by the length of a name and the name.

    Raises:
        UsageError: it has none of the formats.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a directory, expected a file of weights, such as its model.safetensors")
    if not os.path.lexists(path):
        raise EncoderfileError(f"{path}: no such file")
    if path.name.endswith(safetensors.INDEX_SUFFIX):
        return Format.SAFETENSORS_INDEX
    with opened(str(path)) as file:
        size, start = file.size, file.read(0, HEADER.size)
        end = file.read(max(0, size - FOOTER.size), FOOTER.size)
    if start.startswith(MAGIC):
        return Format.EMBD if _is_embd(start, end, size) else Format.SEQUENTIAL
    if start[8:9] == b"{":
        return Format.SAFETENSORS
    if start.startswith(_PICKLES):
        raise UsageError(
            f"{path}: a PyTorch pickle can run code when it is read and is refused; save the model as safetensors"
        )
    raise UsageError(f"{path}: is neither safetensors nor EMBD nor a sequential file of cpp_embedder")


def _is_embd(start: bytes, end: bytes, size: int) -> bool:
    if len(start) < HEADER.size:
        return False
    header = Header._make(HEADER.unpack(start))
    if header.metadata_offset < HEADER.size:
        return False
    # One of three properties suffices, so that a damaged EMBD file is reported as such, and not as a sequential file.
    return (
        header.total_file_size == size
        or header.header_checksum == zlib.crc32(start[:CHECKSUMMED_HEADER])
        or end[8:12] == MAGIC_END
    )


def load_embd(file: InputFile) -> embd.EmbdFile:
    """Map and parse an EMBD file."""
    if not file.size:
        return embd.parse(b"", file.path)
    return embd.parse(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), file.path)


def embd_tensors(file: InputFile, parsed: embd.EmbdFile) -> list[StoredTensor]:
    """The tensors of a parsed EMBD file as ranges of it."""
    return [
        to_stored(Tensor(entry.name, entry.dtype, entry.shape, FileRange(file, entry.offset, entry.length)))
        for entry in parsed.entries.values()
    ]


def load(path: Path, orientation: sequential.Orientation | None = None) -> Weights:
    """Read a weights file without its tensors' data; of EMBD files, the checksums are verified.

    Raises:
        FormatError: the file violates its format, or a checksum differs.
        UsageError: its format is unknown, or the orientation of a sequential file must be given.
    """
    found = detect(path)
    if orientation and found is not Format.SEQUENTIAL:
        raise UsageError(f"{path}: an orientation is for sequential files, this is {found.value}")
    if found is Format.EMBD:
        mapped = opened(str(path))
        parsed = load_embd(mapped)
        parsed.verify_checksums()
        return Weights(found, embd_tensors(mapped, parsed), parsed.metadata, parsed.vocabulary or [])
    if found is Format.SEQUENTIAL:
        scanned = sequential.read(path, orientation)
        return Weights(found, list(map(to_stored, scanned.tensors)), {}, scanned.vocabulary)
    file = safetensors.read(path)
    return Weights(found, list(file.tensors.values()), file.metadata, [])
