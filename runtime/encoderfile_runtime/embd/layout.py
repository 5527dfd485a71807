"""The fixed-size structures of EMBD files (cpp_embedder's `weight-format.md` 1.0), little-endian."""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
import enum
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"EMBD"
MAGIC_END = b"DBME"
ALIGNMENT = 64
MAX_DIMENSIONS = 4

HEADER = struct.Struct("<4s2H8I2Q2I")  # the fields of `Header`
CHECKSUMMED_HEADER = 56  # bytes before header_checksum, which it covers
DESCRIPTOR = struct.Struct("<I2BH4IQ")  # name_hash, dtype, ndim, name_length, shape, data_offset
FOOTER = struct.Struct("<2I4sI")  # data_checksum, file_checksum, magic_end, reserved


class Flag(enum.IntFlag):
    """Bits of the header's flags; bits 4 to 31 are reserved."""

    VOCAB_EMBEDDED = 1
    TENSORS_ALIGNED = 2
    CHECKSUM_ENABLED = 4
    COMPRESSED = 8


class DType(enum.IntEnum):
    """Element types of tensors."""

    FLOAT32 = 0
    FLOAT16 = 1
    BFLOAT16 = 2
    INT32 = 3
    INT16 = 4
    INT8 = 5
    UINT32 = 6
    UINT16 = 7
    UINT8 = 8

    @property
    def numpy(self) -> "np.dtype[Any]":
        """The little-endian numpy dtype; uint16 for bfloat16, which numpy lacks."""
        import numpy as np

        return np.dtype(_CODES[self])

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(_CODES[self][-1])


_CODES = ("<f4", "<f2", "<u2", "<i4", "<i2", "<i1", "<u4", "<u2", "<u1")


class Header(NamedTuple):
    """The header, the first 64 bytes of an EMBD file; offsets count from its start, sizes are in bytes."""

    magic: bytes
    version_major: int
    version_minor: int
    flags: int
    metadata_offset: int
    metadata_size: int
    vocab_offset: int
    vocab_size: int
    tensor_index_offset: int
    tensor_index_count: int
    tensor_data_offset: int
    tensor_data_size: int
    total_file_size: int
    header_checksum: int
    reserved: int


class TensorEntry(NamedTuple):
    """One tensor's name, type and place; `offset` counts from the start of the EMBD file, `length` is in bytes."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    offset: int
    length: int


def fnv1a(name: bytes) -> int:
    """The 32-bit FNV-1a hash (draft-eastlake-fnv), with its offset basis and prime."""
    value = 2166136261
    for byte in name:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def utf8(raw: bytes | memoryview, offset: int, what: str, source: str) -> str:
    """Decode the bytes at `offset`; raise a FormatError that names `what` if they are not UTF-8."""
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError:
        raise FormatError(source, f"the {what} is not UTF-8", offset) from None
