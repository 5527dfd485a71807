"""Memory that a pass works in, kept for the next pass: fresh pages from the system cost more than the work on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from encoderfile_runtime.ops import FloatArray

_LINE = 64  # bytes of a cache line and of an AVX-512 vector
_KEPT = 1 << 26  # bytes of an array that is kept for the next pass


class Scratch:
    """Named float32 arrays that grow with what is asked of them. One pass at a time may use them."""

    def __init__(self) -> None:
        self._arrays: dict[str, FloatArray] = {}

    def array(self, name: str, *shape: int) -> FloatArray:
        """An array of this shape, C-contiguous and aligned, with whatever the last use of this name left in it."""
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or array.size < size:
            buffer = np.empty(size + _LINE // 4, np.float32)
            first = -buffer.__array_interface__["data"][0] % _LINE // 4
            array = buffer[first : first + size]
            if array.nbytes <= _KEPT:
                self._arrays[name] = array
        return array[:size].reshape(shape)
