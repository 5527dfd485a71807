r"""The footer: the last 32 bytes of every encoderfile (Mozilla Encoderfile format v1).

    footer := magic "ENCFILE\0" | version u32 | manifest offset u64 | manifest length u64 | flags u32

Integers are little-endian.
"""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
import struct
from typing import NamedTuple

from encoderfile_runtime.errors import FormatError

MAGIC = b"ENCFILE\0"
FORMAT_VERSION = 1
MANIFEST_IS_PROTOBUF = 1  # the one flag that the format defines
MAX_MANIFEST = 1 << 20  # bytes, ours: checked before the manifest is read

_STRUCT = struct.Struct("<8sIQQI")
SIZE = _STRUCT.size


class Footer(NamedTuple):
    """The place of the manifest, in bytes from the start of the file."""

    manifest_offset: int
    manifest_length: int

    def encode(self) -> bytes:
        """The 32 bytes."""
        return _STRUCT.pack(MAGIC, FORMAT_VERSION, self.manifest_offset, self.manifest_length, MANIFEST_IS_PROTOBUF)


def parse(data: bytes, source: str, file_size: int) -> Footer:
    """Decode the last 32 bytes of a file of `file_size` bytes.

    Raises:
        FormatError: they are not a footer, are of another version, or point outside the file.
    """
    at = file_size - SIZE
    if len(data) != SIZE:
        raise FormatError(source, f"not an encoderfile: {len(data)} bytes are too few for the {SIZE}-byte footer")
    magic, version, offset, length, flags = _STRUCT.unpack(data)
    if magic != MAGIC:
        raise FormatError(source, "not an encoderfile, or its end is missing: the footer's magic is not ENCFILE", at)
    if version != FORMAT_VERSION:
        raise FormatError(source, f"footer: format version {version}, expected {FORMAT_VERSION}", at + 8)
    if flags != MANIFEST_IS_PROTOBUF:
        raise FormatError(source, f"footer: flags {flags:#x}, expected {MANIFEST_IS_PROTOBUF:#x}", at + 28)
    if offset > at:
        raise FormatError(source, f"footer: manifest offset {offset} is past the end of the file", at + 12)
    if length > at - offset:
        raise FormatError(source, f"footer: manifest of {length} bytes at {offset} goes past the footer", at + 20)
    if not 0 < length <= MAX_MANIFEST:
        raise FormatError(source, f"footer: manifest of {length} bytes, expected 1 to {MAX_MANIFEST}", at + 20)
    return Footer(offset, length)
