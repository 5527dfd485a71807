"""The shortest decimals that tell float32 numbers apart, as Python prints them (Steele and White 1990), many at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

_DIGITS = 9  # always enough for a float32
_FEWEST = 6  # a decimal of so many survives the way to float32 and back
_SMALLEST, _LARGEST = 2.0**-13, 1e6  # in between a float32 times a power of ten below is exact in float64
_POWERS = 10.0 ** np.arange(13)
_MANY = 32  # numbers that repay the calls


def shortest(vector: FloatArray) -> list[float | None]:
    """Each float32 as the float of its shortest decimal, so that 0.1 stays 0.1; None for what is not finite."""
    if vector.size < _MANY:
        return [_shortest(value) for value in vector]
    size = np.abs(vector)
    common = (size >= _SMALLEST) & (size < _LARGEST)
    exact = np.where(common, vector, 1).astype(np.float64)
    places = (_DIGITS - 1) - np.floor(np.log10(np.abs(exact))).astype(np.int64)  # of the last of nine digits
    found = exact
    for digits in range(_DIGITS, _FEWEST - 1, -1):
        power = _POWERS[np.maximum(places - (_DIGITS - digits), 0)]
        rounded = np.rint(exact * power) / power
        found = np.where(rounded.astype(np.float32) == vector, rounded, found)
    numbers: list[float | None] = found.tolist()
    for index in np.flatnonzero(~common).tolist():
        numbers[index] = _shortest(vector[index])
    return numbers


def _shortest(value: np.float32) -> float | None:
    return float(str(value)) if math.isfinite(value) else None
