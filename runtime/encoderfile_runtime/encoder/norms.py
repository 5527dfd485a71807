"""Layer normalization of feature-major tiles: y = (x - mean) / √(variance + ε) · weight + bias (Ba et al. 2016, section 3).

Means are over the features, which are rows here, so the statistics of a token are a number for each column. Two steps are
products where broadcasting would be expected, because for the few columns of a tile BLAS takes less time than numpy:

* the mean is a product with a row of 1 / features;
* a column (features, 1) broadcast to all tokens, and a row (1, tokens) broadcast to all features, are together one product
  of two columns with two rows: [a, b] @ [ones; row] = a · 1 + b · row. A product with one column alone would not use the
  matrix kernel, so there are always two, even where `a` or `b` is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import add, dot, multiply

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

_ONE = np.array(1, np.float32)


class LayerNorm:
    """Zero mean and unit variance over the features of each token, then scale and shift by learned vectors."""

    __slots__ = ("_center", "_epsilon", "_mean", "_scale", "_shift")

    def __init__(
        self, weight: FloatArray, bias: FloatArray | None, epsilon: float, before: FloatArray | None = None
    ) -> None:
        """Take the parameters, small arrays that are copied.

        Args:
            weight: (features,).
            bias: (features,), or None.
            epsilon: added to the variance.
            before: (features,), added to the input before it is normalized: the bias of the linear layer that made it, which
                costs nothing here because the mean is subtracted by a product anyway.
        """
        size = len(weight)
        self._epsilon = np.array(epsilon, np.float32)
        self._mean = np.full((1, size), 1 / size, np.float32)  # (1, features)
        nothing = np.zeros(size, np.float32)
        # A call computes the mean of x alone, and mean(x + before) = mean(x) + mean(before).
        added = nothing if before is None else before - before.mean()
        self._center = np.stack([added, np.full(size, -1, np.float32)], axis=1)  # (features, 2): before, -mean
        self._scale = np.stack([nothing, weight], axis=1)  # (features, 2): weight / deviation
        self._shift = None if bias is None else np.stack([bias, nothing], axis=1)  # (features, 2): bias

    def __call__(self, x: FloatArray, scratch: FloatArray, rows: FloatArray, out: FloatArray) -> None:
        """Normalize the columns of `x`.

        Args:
            x: (features, tokens), C-contiguous; overwritten.
            scratch: (features, tokens); overwritten.
            rows: (2, tokens), the first row ones; the second is overwritten with each token's statistic.
            out: (features, tokens), where the result goes; may be `x`.
        """
        row = rows[1:]  # (1, tokens)
        dot(self._mean, x, row)  # mean, (1, features) @ (features, tokens) -> (1, tokens)
        dot(self._center, rows, scratch)  # before - mean, (features, 2) @ (2, tokens) -> (features, tokens)
        add(x, scratch, x)
        multiply(x, x, scratch)
        dot(self._mean, scratch, row)  # variance, (1, tokens)
        add(row, self._epsilon, row)
        np.sqrt(row, row)
        np.divide(_ONE, row, row)  # 1 / deviation, once a token: to divide each element would take longer
        dot(self._scale, rows, scratch)  # weight / deviation, (features, tokens)
        multiply(x, scratch, out)
        if self._shift is not None:
            dot(self._shift, rows, scratch)  # bias, (features, tokens)
            add(out, scratch, out)
