"""Blobs: bytes of a known length that are read in chunks, so that no artifact has to fit in memory."""

from __future__ import annotations

import zlib
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple, Protocol

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import InputFile, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CHUNK = 1 << 20


class Blob(Protocol):
    """Bytes of a known length, in chunks. A chunk is valid until two more were requested, as two buffers are used in turn."""

    @property
    def length(self) -> int:
        """The number of bytes that `chunks` yields."""
        ...

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The bytes, in chunks of at most about `CHUNK` bytes."""
        ...


class BytesBlob(NamedTuple):
    """Bytes in memory."""

    data: bytes

    @property
    def length(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The bytes as one chunk."""
        yield self.data


class FileRange(NamedTuple):
    """A range of a file, read through reused buffers.

    It is not mapped: that would be no faster, and mapped pages count as this process's memory.
    """

    file: InputFile
    offset: int
    length: int

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The range in chunks.

        Raises:
            EncoderfileError: the file ends before the range does.
        """
        return gathered([self])


def whole_file(path: Path) -> FileRange:
    """All of a file, with the length that it has now.

    Raises:
        EncoderfileError: it cannot be opened, or is not regular.
    """
    file = opened(str(path))
    return FileRange(file, 0, file.size)


class Summed:
    """Computes the CRC-32 of a blob while it is read.

    Attributes:
        crc32: of the bytes that `chunks` has yielded so far.
    """

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self.crc32 = 0

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The blob's chunks; a blob that computes its own CRC-32 (`EmbdBlob`) is asked for it afterwards."""
        if hasattr(self._blob, "crc32"):
            yield from self._blob.chunks()
            self.crc32 = self._blob.crc32
            return
        for chunk in self._blob.chunks():
            self.crc32 = zlib.crc32(chunk, self.crc32)
            yield chunk


def gathered(blobs: Iterable[Blob]) -> Iterator[bytes | memoryview]:
    """The bytes of several blobs in a row; consecutive short file ranges are gathered into one chunk.

    Raises:
        EncoderfileError: a file ends before its range does.
    """
    # Two buffers in turn: while a consumer hashes one in another thread, the next is filled.
    buffers = cycle([memoryview(bytearray(CHUNK)) for _ in range(2)])
    buffer, filled = next(buffers), 0
    for blob in blobs:
        if not isinstance(blob, FileRange):
            if filled:
                yield buffer[:filled]
                buffer, filled = next(buffers), 0
            yield from blob.chunks()
            continue
        file, position, end = blob.file, blob.offset, blob.offset + blob.length
        while position < end:
            count = file.readinto(buffer[filled : filled + end - position], position)
            if not count:
                raise EncoderfileError(
                    f"{file.path}: ends {end - position} bytes early; it changed while it was read: build again"
                )
            filled, position = filled + count, position + count
            if filled == CHUNK:
                yield buffer
                buffer, filled = next(buffers), 0
    if filled:
        yield buffer[:filled]
