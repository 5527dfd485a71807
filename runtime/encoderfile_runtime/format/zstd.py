"""Zstandard (RFC 8878) as attachments have it: one frame that says its length, needs no dictionary and little memory.

Checking a frame takes no library; decompressing it does, and none is required: whoever reads hands one in, or it is the base's own
or Python 3.14's.
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
"""Bytes that a frame may hold; what a build reads into memory is no larger."""

_MAX_WINDOW_LOG = 23
MAX_WINDOW = 1 << _MAX_WINDOW_LOG  # 8 MiB, which every decoder supports (section 3.1.1.1.2)
_MAX_BLOCK = 1 << 17
_MEAN_BLOCK = 1 << 6  # at least, over all blocks: compressors cut none so small, and blocks may be empty without end
_MAGIC = b"\x28\xb5\x2f\xfd"
_RLE, _RESERVED = 1, 3

MISSING = "nothing here decompresses zstd: use the command `encoderfile`, or Python 3.14"


def check_frame(frame: Frame, length: int, source: str, name: str) -> None:
    """Check that `frame` is one frame of `length` bytes and nothing else, without decompressing it.

    Args:
        frame: the stored bytes.
        length: what the manifest records.
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
    """The faults of a frame's header, a line each. Names are those of RFC 8878, section 3.1.1; callers report the first fault only."""
    if length > MAX_LENGTH:
        yield f"is recorded to hold {length} bytes, expected at most {MAX_LENGTH}"
    if frame[:4] != _MAGIC:
        yield "has another magic number"
    descriptor = frame[4]
    size_flag, single_segment = descriptor >> 6, descriptor >> 5 & 1
    if descriptor & 0b1011:
        yield "needs a dictionary, or uses a reserved bit"
    size_length = (single_segment, 2, 4, 8)[size_flag]
    if not size_length:
        yield "does not say how many bytes it holds"
    at = 5 + (not single_segment)
    size = int.from_bytes(frame[at : at + size_length], "little") + (256 if size_length == 2 else 0)
    if size != length:
        yield f"holds {size} bytes, recorded are {length}"
    window = size if single_segment else (8 + (frame[5] & 7)) << (frame[5] >> 3) + 7
    if window > MAX_WINDOW:
        yield f"needs a window of {window} bytes, expected at most {MAX_WINDOW}"
    most = size // _MEAN_BLOCK + 2
    end, blocks = _end_of_blocks(frame, at + size_length, most)
    if blocks > most:
        yield f"has more than {most} blocks for {size} bytes"
    end += 4 if descriptor & 0b100 else 0
    if end != len(frame):
        yield f"ends at {end}, but {len(frame)} bytes are stored"
    if size > blocks * _MAX_BLOCK:
        yield f"holds {size} bytes in {blocks} blocks, expected at most {_MAX_BLOCK} in each"


def _end_of_blocks(frame: Frame, at: int, most: int) -> tuple[int, int]:
    """The offset at which the blocks end and their number (RFC 8878, section 3.1.1.2). Counting stops when there are too many."""
    last, count = 0, 0
    while not last and count <= most:
        header = frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind == _RESERVED:
            raise IndexError
        at += 3 + (1 if kind == _RLE else size)
        count += 1
    return at, count


def decompress(frame: Frame, length: int, source: str, name: str, run: Decompress | None = None) -> bytes:
    """The bytes that a frame holds; it takes no more memory than `length` and a window.

    Args:
        frame: the stored bytes.
        length: what the manifest records.
        source: the file, for messages.
        name: the part, for messages.
        run: what decompresses, in place of what is here.

    Raises:
        FormatError: it is not one frame of `length` bytes.
        EncoderfileError: nothing here decompresses zstd.
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
    """The base's own, else the standard library's; None where there is neither."""
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
