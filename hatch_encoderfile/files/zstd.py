"""Compressing attachments as zstd frames (RFC 8878) with python-zstandard, with a fixed level and one thread.

The bytes depend on the version of libzstd, which the manifest records among the inputs.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from encoderfile_runtime.format.manifest import ZSTD_INPUT, Input
from encoderfile_runtime.format.zstd import MAX_WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVEL = 19


class ZstdBlob:
    """Bytes as one zstd frame, which is compressed on first access."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def length(self) -> int:
        """The number of bytes of the frame."""
        return len(self._frame)

    def chunks(self) -> Iterator[bytes]:
        """The frame as one chunk."""
        yield self._frame

    @cached_property
    def _frame(self) -> bytes:
        from zstandard import ZstdCompressor

        return ZstdCompressor(level=LEVEL, write_content_size=True, write_checksum=False, threads=0).compress(
            self._data
        )


def decompress(frame: bytes, length: int) -> bytes:
    """Decompress a frame, for the runtime's readers, which have checked that its header states `length`.

    Raises:
        zstandard.ZstdError: the frame is malformed, or its content has another length.
    """
    from zstandard import ZstdDecompressor

    return ZstdDecompressor(max_window_size=MAX_WINDOW).decompress(frame, length)


def purl() -> str:
    """The version of libzstd in use, as a package URL."""
    from zstandard import ZSTD_VERSION

    return f"pkg:generic/zstd@{'.'.join(map(str, ZSTD_VERSION))}"


def recorded() -> Input:
    """The input that records libzstd in the manifest, by its version, since its binary differs between platforms."""
    return Input(path=ZSTD_INPUT, uri=purl())
