"""Layer normalization (Ba et al. 2016) of feature-major tiles, with the bias that comes before it.

To broadcast a column over few tokens takes numpy longer than a product with two columns takes BLAS, one of which is what is
to be broadcast. A product with one column has no kernel, so the other is there even where it is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import add, dot, multiply

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

_ONE = np.array(1, np.float32)


class LayerNorm:
    """Zero mean and unit variance over the features, then scale and shift."""

    __slots__ = ("_center", "_epsilon", "_mean", "_scale", "_shift")

    def __init__(
        self, weight: FloatArray, bias: FloatArray | None, epsilon: float, before: FloatArray | None = None
    ) -> None:
        """Weight and bias are (features,), as is what is added `before`; `epsilon` is added to the variance."""
        size = len(weight)
        self._epsilon = np.array(epsilon, np.float32)
        self._mean = np.full((1, size), 1 / size, np.float32)
        nothing = np.zeros(size, np.float32)
        added = nothing if before is None else before - before.mean()
        # The columns meet `rows`: ones, and the statistic of each token.
        self._center = np.stack([added, np.full(size, -1, np.float32)], axis=1)
        self._scale = np.stack([nothing, weight], axis=1)
        self._shift = None if bias is None else np.stack([bias, nothing], axis=1)

    def __call__(self, x: FloatArray, scratch: FloatArray, rows: FloatArray, out: FloatArray) -> None:
        """Normalize the columns of `x`.

        Args:
            x: (features, tokens), C-contiguous; scratch afterwards.
            scratch: of the shape of x.
            rows: (2, tokens), the first of them ones; scratch for the statistics of each token.
            out: where the result goes; may be `x`.
        """
        row = rows[1:]
        dot(self._mean, x, row)
        dot(self._center, rows, scratch)
        add(x, scratch, x)
        multiply(x, x, scratch)
        dot(self._mean, scratch, row)
        add(row, self._epsilon, row)
        np.sqrt(row, row)
        np.divide(_ONE, row, row)
        dot(self._scale, rows, scratch)
        multiply(x, scratch, out)
        if self._shift is not None:
            dot(self._shift, rows, scratch)
            add(out, scratch, out)
