"""The CRC-32 of two parts from the CRC-32 of each, so that no byte is summed twice."""

from __future__ import annotations

_POLYNOMIAL = 0xEDB88320  # IEEE 802.3, bit-reflected: bit 31 is the coefficient of x**0
_ONE = 1 << 31
_X8 = 1 << 23


def crc32_combine(first: int, second: int, length: int) -> int:
    """CRC-32 of A + B from those of A and of B, where B has `length` bytes.

    CRCs are polynomials over GF(2): appending B multiplies A's by x**(8 * length), and their initial values cancel out.
    """
    factor, power = _ONE, _X8
    while length:
        if length & 1:
            factor = _multiply(factor, power)
        power = _multiply(power, power)
        length >>= 1
    return _multiply(first, factor) ^ second


def _multiply(left: int, right: int) -> int:
    """Product modulo the polynomial."""
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product
