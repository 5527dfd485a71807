"""Attachments as zstd frames (RFC 8878), by python-zstandard: a fixed level, one thread, nothing that depends on what is in them.

The bytes are those of one version of libzstd; the manifest records it among the inputs.
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
    """Bytes as one zstd frame; they are compressed when the first of them, or their number, is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def length(self) -> int:
        """Number of bytes of the frame."""
        return len(self._frame)

    def chunks(self) -> Iterator[bytes]:
        """The frame in one piece."""
        yield self._frame

    @cached_property
    def _frame(self) -> bytes:
        from zstandard import ZstdCompressor

        return ZstdCompressor(level=LEVEL, write_content_size=True, write_checksum=False, threads=0).compress(
            self._data
        )


def decompress(frame: bytes, length: int) -> bytes:
    """What a frame holds, for the runtime's readers, which have checked that it says `length`.

    Raises:
        zstandard.ZstdError: the frame is broken, or holds another number of bytes.
    """
    from zstandard import ZstdDecompressor

    return ZstdDecompressor(max_window_size=MAX_WINDOW).decompress(frame, length)


def purl() -> str:
    """The version of libzstd that compresses here, as a package URL."""
    from zstandard import ZSTD_VERSION

    return f"pkg:generic/zstd@{'.'.join(map(str, ZSTD_VERSION))}"


def recorded() -> Input:
    """Libzstd as the manifest records it: by its version alone, as its builds differ from platform to platform."""
    return Input(path=ZSTD_INPUT, uri=purl())
