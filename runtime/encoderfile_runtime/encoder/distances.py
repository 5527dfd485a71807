"""Matrices that depend on the distance of query and key alone, as views of one value a distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray


def by_distance(values: FloatArray, length: int) -> FloatArray:
    """The (…, keys, queries) of `length` tokens, a read-only view.

    Args:
        values: (…, 2n - 1) for n tokens, of the distances 1 - n to n - 1 of query minus key.
        length: at most n.
    """
    middle = values.shape[-1] // 2
    *before, step = values.strides
    shape = (*values.shape[:-1], length, length)
    strides = (*before, -step, step)
    return np.lib.stride_tricks.as_strided(values[..., middle:], shape, strides, writeable=False)
