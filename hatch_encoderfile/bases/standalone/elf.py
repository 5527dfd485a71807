"""The oldest kernel that a static program supports, from its ABI note (Linux Standard Base Core, section 11.4)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"\x7fELF\2\1"  # 64 bit, little endian
_PROGRAM_HEADERS = struct.Struct("<32xQ14xHH")  # their offset, size and count, in the file's header
_PROGRAM_HEADER = struct.Struct("<I4xQ16xQ")  # type, offset, size in the file
_NOTE = struct.Struct("<III")  # lengths of name and content, type
_ABI = struct.Struct("<IIII")  # system, and the version of its kernel
_PT_NOTE, _NT_GNU_ABI_TAG, _LINUX = 4, 1, 0


def oldest_kernel(program: bytes) -> str:
    """The oldest kernel that the C library in a program supports, such as "Linux 3.2".

    Raises:
        EncoderfileError: the program has no such note.
    """
    try:
        for kind, name, content in _notes(program):
            if (kind, name) == (_NT_GNU_ABI_TAG, b"GNU\0"):
                system, major, minor, _ = _ABI.unpack(content)
                if system == _LINUX:
                    return f"Linux {major}.{minor}"
    except struct.error:
        pass
    raise EncoderfileError(
        "the program that was linked does not say which kernel it needs: use gcc and glibc for Linux"
    )


def _notes(program: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Type, name and content of each note in an ELF file; name and content are padded to 4 bytes."""
    if not program.startswith(_MAGIC):
        return
    start, size, count = _PROGRAM_HEADERS.unpack_from(program)
    for number in range(count):
        kind, at, length = _PROGRAM_HEADER.unpack_from(program, start + number * size)
        end = at + length
        while kind == _PT_NOTE and at + _NOTE.size <= end:
            name_length, content_length, note = _NOTE.unpack_from(program, at)
            name_at = at + _NOTE.size
            content_at = name_at + name_length + -name_length % 4
            yield note, program[name_at : name_at + name_length], program[content_at : content_at + content_length]
            at = content_at + content_length + -content_length % 4
