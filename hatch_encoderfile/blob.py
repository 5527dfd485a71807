"""Bytes with a known length that are produced piece by piece, so that no artifact has to fit in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 1 << 20


class Blob(Protocol):
    """A length, and the bytes in pieces. A piece is only valid until the next one is asked for."""

    @property
    def length(self) -> int:
        """Number of bytes that `chunks` yields."""
        ...

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The bytes, in pieces of about `CHUNK` bytes."""
        ...


class BytesBlob(NamedTuple):
    """Bytes that are in memory already."""

    data: bytes

    @property
    def length(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The bytes in one piece."""
        yield self.data


class FileRange(NamedTuple):
    """A range of a file, read through one reused buffer.

    A mapping would be as fast, but its pages count as this process's memory.
    """

    path: Path
    offset: int
    length: int

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The range in pieces.

        Raises:
            EncoderfileError: the file ends before the range does.
        """
        view = memoryview(bytearray(min(CHUNK, self.length)))
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.offset)
            remaining = self.length
            while remaining:
                count = file.readinto(view[: min(len(view), remaining)])
                if not count:
                    raise EncoderfileError(
                        f"{self.path}: ends {remaining} bytes early; it changed while it was read: build again"
                    )
                yield view[:count]
                remaining -= count


def whole_file(path: Path) -> FileRange:
    """All of a file, with the length that it has now."""
    return FileRange(path, 0, path.stat().st_size)
