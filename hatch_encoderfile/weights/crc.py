"""Combining CRC-32s: that of a concatenation from those of its parts, so that no byte is read twice."""

from __future__ import annotations

_POLYNOMIAL = 0xEDB88320  # IEEE 802.3, bit-reflected: bit 31 is the coefficient of x**0
_ONE = 1 << 31  # the polynomial 1
_X8 = 1 << 23  # the polynomial x**8, by which appending a zero byte multiplies


def crc32_combine(first: int, second: int, length: int) -> int:
    """CRC-32 of A + B from the CRC-32s of A and of B, where B has `length` bytes (zlib's `crc32_combine`).

    A CRC is a remainder of polynomials over GF(2). Appending B multiplies that of A by x**(8 * length) and adds that of
    B; the initial and final inversions cancel out.
    """
    factor, power = _ONE, _X8
    while length:  # x**(8 * length) by repeated squaring
        if length & 1:
            factor = _multiply(factor, power)
        power = _multiply(power, power)
        length >>= 1
    return _multiply(first, factor) ^ second


def _multiply(left: int, right: int) -> int:
    """The product of two polynomials modulo the CRC's."""
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        # Multiply by x: in reflected order a shift to the right, and a reduction if x**31 was set.
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product
