"""Inflated streams and deltas (gitformat-pack(5), "Deltified representation"); no more is made than was announced."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from .folder import GitError

if TYPE_CHECKING:
    from io import BufferedReader

_CHUNK = 1 << 12
_COPY = 0x80
_WHOLE = 0x10000
_LONGEST_NUMBER = 10  # bytes of seven bits


class Inflated:
    """A zlib stream at the place where a file stands, inflated as far as it is asked for."""

    def __init__(self, file: BufferedReader, largest: int) -> None:
        """Of a stream that holds at most `largest` bytes; its input is bounded with it, since blocks can be empty."""
        self._file = file
        self._stream = zlib.decompressobj()
        self._input_left = largest + largest // 64 + (1 << 16)

    def read(self, count: int) -> bytes:
        """The next bytes, fewer at the stream's end.

        Raises:
            GitError: the stream is broken or too long.
        """
        data = bytearray()
        try:
            while len(data) < count and not self._stream.eof:
                data += self._stream.decompress(self._input(), count - len(data))
        except zlib.error as error:
            raise GitError(f"an object is no zlib stream: {error}") from None
        return bytes(data)

    def exactly(self, count: int) -> bytes:
        """All that is left of the stream.

        Raises:
            GitError: it is not so long, or broken.
        """
        data = self.read(count)
        if len(data) != count or self.read(1):
            raise GitError(f"an object is not {count} bytes long, as it says")
        return data

    def _input(self) -> bytes:
        if self._stream.unconsumed_tail:
            return self._stream.unconsumed_tail
        data = self._file.read(_CHUNK)
        self._input_left -= len(data)
        if not data or self._input_left < 0:
            raise GitError("an object's stream does not end where it should")
        return data


def sizes(delta: bytes) -> tuple[int, int, int]:
    """What the head of a delta says: the length of its base, of its result, and where its instructions begin.

    Raises:
        GitError: there is no such head.
    """
    base, position = _number(delta, 0)
    result, position = _number(delta, position)
    return base, result, position


def apply(base: bytes, delta: bytes, largest: int) -> bytes:
    """What a delta makes of its base.

    Raises:
        GitError: the delta is broken, for another base, or makes more than `largest` bytes.
    """
    base_length, length, position = sizes(delta)
    if base_length != len(base) or length > largest:
        raise GitError(f"a delta from {base_length} to {length} bytes does not fit its base of {len(base)}")
    result = bytearray()
    while position < len(delta):
        command = delta[position]
        position += 1
        if command & _COPY:
            start, count = 0, 0
            for bit in range(7):
                if command >> bit & 1:
                    if position == len(delta):
                        raise GitError("a delta ends in an instruction")
                    if bit < 4:
                        start |= delta[position] << 8 * bit
                    else:
                        count |= delta[position] << 8 * (bit - 4)
                    position += 1
            piece, count = base[start : start + (count or _WHOLE)], count or _WHOLE
        else:  # 0 is reserved
            piece, count = delta[position : position + command], command
            position += command
        if not count or len(piece) != count or len(result) + count > length:
            raise GitError("a delta's instruction leads out of its base or its result")
        result += piece
    if len(result) != length:
        raise GitError(f"a delta makes {len(result)} bytes, not {length} as it says")
    return bytes(result)


def _number(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[position : position + _LONGEST_NUMBER]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise GitError("a delta has no length")
