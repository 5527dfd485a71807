from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from hatch_encoderfile.weights.crc import crc32_combine


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_combined_crc_is_that_of_the_whole(first: bytes, second: bytes) -> None:
    expected = zlib.crc32(first + second)
    assert expected == crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second))


def test_lengths_past_32_bits_combine() -> None:
    # The CRC of zeros doubles in length with every combination.
    checksum, length = zlib.crc32(b"\0"), 1
    for _ in range(34):
        checksum, length = crc32_combine(checksum, checksum, length), length * 2
    assert length == 1 << 34
    expected = crc32_combine(zlib.crc32(b"x"), checksum, length)
    halved = zlib.crc32(b"x")
    half = zlib.crc32(bytes(1 << 24))
    for _ in range(1 << 10):
        halved = crc32_combine(halved, half, 1 << 24)
    assert expected == halved
