"""Memory that a pass works in, kept for the next pass: fresh pages from the system cost more than the work on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray

T = TypeVar("T")

_LINE = 64  # bytes of a cache line and of an AVX-512 vector
_KEPT = 1 << 26  # bytes of an array that is kept for the next pass
_VIEWS = 64  # lengths of texts whose views are kept


class Scratch:
    """Named float32 arrays that grow with what is asked of them. One pass at a time may use them."""

    def __init__(self) -> None:
        self._arrays: dict[str, FloatArray] = {}
        self._views: dict[tuple[Sequence[int], object], Any] = {}

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
                self._views.clear()  # they would keep what this replaces
        return array[:size].reshape(shape)

    def views(self, key: tuple[Sequence[int], object], make: Callable[[], T]) -> T:
        """What `make` gives, or gave for this key: the lengths of a pack's texts, and anything else.

        To make the views for a text takes as long as some of the layers' steps; packs of several are hardly ever alike.
        """
        if len(key[0]) > 1:
            return make()
        found: T | None = self._views.get(key)
        if found is None:
            found = make()
            if len(self._views) >= _VIEWS:
                self._views.clear()
            self._views[key] = found
        return found
