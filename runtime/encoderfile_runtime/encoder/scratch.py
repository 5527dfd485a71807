"""Memory that a pass works in, kept for the next pass.

New memory of this size comes from the system as pages that it clears and maps at the first write, which takes longer than
what an elementwise operation does with them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray

T = TypeVar("T")

_LINE = 64  # bytes of a cache line and of an AVX-512 vector
_KEPT = 1 << 26  # bytes; a larger array is not kept, so that one long text does not hold memory for good
_VIEWS = 64  # different lengths of a text whose views are kept


class Scratch:
    """Named float32 arrays that grow with what is asked of them. One pass at a time may use them."""

    def __init__(self) -> None:
        self._arrays: dict[str, FloatArray] = {}
        self._views: dict[tuple[Sequence[int], object], Any] = {}

    def array(self, name: str, *shape: int) -> FloatArray:
        """An array of this shape, C-contiguous, aligned to 64 bytes, and not cleared: it holds what its last use left."""
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or array.size < size:
            # numpy may align to 16 bytes only, so there is a line more, in which the array's start is chosen.
            buffer = np.empty(size + _LINE // 4, np.float32)
            first = -buffer.__array_interface__["data"][0] % _LINE // 4  # elements to the next line
            array = buffer[first : first + size]
            if array.nbytes <= _KEPT:
                self._arrays[name] = array
                self._views.clear()  # they are views of the array that this one replaces
        return array[:size].reshape(shape)

    def views(self, key: tuple[Sequence[int], object], make: Callable[[], T]) -> T:
        """The result of `make`, or of an earlier call with the same key.

        Args:
            key: the lengths of a pack's texts, and whatever else the views depend on.
            make: makes them, which for a short text takes as long as some steps of a layer.
        """
        if len(key[0]) > 1:  # two packs of several texts hardly ever have the same lengths
            return make()
        found: T | None = self._views.get(key)
        if found is None:
            found = make()
            if len(self._views) >= _VIEWS:
                self._views.clear()
            self._views[key] = found
        return found
