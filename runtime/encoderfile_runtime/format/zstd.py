"""Zstandard frames (RFC 8878) of attachments: one frame each, with its content size, no dictionary and a bounded window.

The frame is checked here without a library. To decompress it, the caller passes a decompressor, or the base's own or
that of Python 3.14 is used; the runtime alone does not need one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Decompress = Callable[[bytes, int], bytes]
    Frame = bytes | memoryview

MAX_LENGTH = 1 << 28
"""Largest content of a frame in bytes; a build reads no larger file into memory either."""

_MAX_WINDOW_LOG = 23
MAX_WINDOW = 1 << _MAX_WINDOW_LOG  # 8 MiB, which every decoder should support (section 3.1.1.1.2)
_MAX_BLOCK = 1 << 17  # bytes of a decompressed block (section 3.1.1.2.4)
_MEAN_BLOCK = (
    1 << 6
)  # least mean length of blocks: bounds their number, since a frame may have any number of empty ones
_MAGIC = b"\x28\xb5\x2f\xfd"
_RLE, _RESERVED = 1, 3

MISSING = "nothing here decompresses zstd: use the command `encoderfile`, or Python 3.14"


def check_frame(frame: Frame, length: int, source: str, name: str) -> None:
    """Check without decompressing that `frame` is exactly one frame with `length` bytes of content.

    Args:
        frame: the stored bytes.
        length: the length of the content as the manifest records it.
        source: the file, for messages.
        name: the part, for messages.

    Raises:
        FormatError: it is not.
    """
    try:
        fault = next(_faults(frame, length), None)
    except IndexError:
        fault = "ends inside of its headers"
    if fault:
        raise FormatError(source, f"{name}: its zstd frame {fault}")


def _faults(frame: Frame, length: int) -> Iterator[str]:
    """The faults of a frame's headers, with the names of RFC 8878, section 3.1.1. Only the first is meaningful."""
    if length > MAX_LENGTH:
        yield f"is recorded to hold {length} bytes, expected at most {MAX_LENGTH}"
    if frame[:4] != _MAGIC:
        yield "has another magic number"
    descriptor = frame[4]
    size_flag, single_segment = descriptor >> 6, descriptor >> 5 & 1
    if descriptor & 0b1011:
        yield "needs a dictionary, or uses a reserved bit"
    size_length = (single_segment, 2, 4, 8)[size_flag]  # 0: the content size is absent
    if not size_length:
        yield "does not say how many bytes it holds"
    at = 5 + (not single_segment)  # a single segment has no window descriptor
    size = int.from_bytes(frame[at : at + size_length], "little") + (256 if size_length == 2 else 0)  # 3.1.1.1.4
    if size != length:
        yield f"holds {size} bytes, recorded are {length}"
    # Section 3.1.1.1.2: 2^(10 + exponent), and mantissa eighths of that more.
    window = size if single_segment else (8 + (frame[5] & 7)) << (frame[5] >> 3) + 7
    if window > MAX_WINDOW:
        yield f"needs a window of {window} bytes, expected at most {MAX_WINDOW}"
    most = size // _MEAN_BLOCK + 2
    end, blocks = _end_of_blocks(frame, at + size_length, most)
    if blocks > most:
        yield f"has more than {most} blocks for {size} bytes"
    end += 4 if descriptor & 0b100 else 0  # the content checksum
    if end != len(frame):
        yield f"ends at {end}, but {len(frame)} bytes are stored"
    if size > blocks * _MAX_BLOCK:
        yield f"holds {size} bytes in {blocks} blocks, expected at most {_MAX_BLOCK} in each"


def _end_of_blocks(frame: Frame, at: int, most: int) -> tuple[int, int]:
    """The end of the blocks and their number (RFC 8878, section 3.1.1.2); stops after `most` blocks."""
    last, count = 0, 0
    while not last and count <= most:
        header = frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind == _RESERVED:
            raise IndexError
        at += 3 + (1 if kind == _RLE else size)  # an RLE block stores one byte, whatever its size
        count += 1
    return at, count


def decompress(frame: Frame, length: int, source: str, name: str, run: Decompress | None = None) -> bytes:
    """Decompress a frame, in memory for `length` bytes and a window.

    Args:
        frame: the stored bytes.
        length: the length of the content as the manifest records it.
        source: the file, for messages.
        name: the part, for messages.
        run: the decompressor; by default that of `decompressor`.

    Raises:
        FormatError: it is not one frame with `length` bytes of content.
        EncoderfileError: no decompressor is available.
    """
    check_frame(frame, length, source, name)
    run = run or decompressor()
    if run is None:
        raise EncoderfileError(f"{source}: {name}: {MISSING}")
    try:
        data = run(bytes(frame), length)
    except Exception as error:  # noqa: BLE001 - each library raises its own
        raise FormatError(source, f"{name}: its zstd frame is broken: {error}") from None
    if len(data) != length:
        raise FormatError(source, f"{name}: its zstd frame gives {len(data)} bytes, recorded are {length}")
    return data


def decompressor() -> Decompress | None:
    """The base's own decompressor, else the standard library's; None if there is neither."""
    for find in (_own, _standard):
        with suppress(ImportError):
            return find()
    return None


def _own() -> Decompress:
    """The decompressor that the standalone bases are linked with."""
    from _encoderfile_base import zstd_decompress  # type: ignore[import-not-found]  # made by the base's program

    return zstd_decompress  # type: ignore[no-any-return]


def _standard() -> Decompress:
    """Python 3.14's (PEP 784)."""
    from compression import zstd  # type: ignore[import-not-found]  # not there before 3.14

    def run(frame: bytes, length: int) -> bytes:
        options = {zstd.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG}
        data: bytes = zstd.ZstdDecompressor(options=options).decompress(frame, length)
        return data

    return run
