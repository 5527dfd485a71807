"""Activations that few models have, loaded when one of them asks; names and constants are those of transformers and torch.nn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float32]

_LEAK = 0.01
_erf = np.frompyfunc(math.erf, 1, 1)
"""numpy has none, and no published encoder the two functions that need it: exact will do, fast it is not."""


def gelu_10(x: FloatArray) -> None:
    """GELU, x/2 · (1 + erf(x/√2)), clipped to -10 to 10."""
    x *= 0.5 * (1 + _erf(x / math.sqrt(2)).astype(np.float32))
    np.clip(x, -10, 10, out=x)


def laplace(x: FloatArray) -> None:
    """(1 + erf((x - m) / (s√2))) / 2 with mean m = 0.707107 and deviation s = 0.282095 (Ma et al. 2022)."""
    np.multiply(1 + _erf((x - 0.707107) / (0.282095 * math.sqrt(2))).astype(np.float32), 0.5, out=x)


def hardswish(x: FloatArray) -> None:
    """Equal to x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019)."""
    x *= np.clip(x + np.float32(3), 0, 6) / np.float32(6)


def leaky_relu(x: FloatArray) -> None:
    """The larger of x and 0.01 x."""
    np.maximum(x, x * np.float32(_LEAK), out=x)


def linear(x: FloatArray) -> None:
    """Leave x as it is."""


def mish(x: FloatArray) -> None:
    """Equal to x · tanh(log(1 + e^x)) (Misra 2019)."""
    x *= np.tanh(np.logaddexp(np.float32(0), x))


def quick_gelu(x: FloatArray) -> None:
    """Equal to x · sigmoid(1.702 x) (Hendrycks & Gimpel 2016)."""
    x *= np.float32(0.5) * (np.tanh(np.float32(0.851) * x) + np.float32(1))


def relu2(x: FloatArray) -> None:
    """max(x, 0)² (So et al. 2021)."""
    np.maximum(x, 0, out=x)
    np.multiply(x, x, out=x)


def relu6(x: FloatArray) -> None:
    """min(max(x, 0), 6)."""
    np.clip(x, 0, 6, out=x)


def sigmoid(x: FloatArray) -> None:
    """1 / (1 + e^-x)."""
    x *= np.float32(0.5)
    np.tanh(x, out=x)
    x += np.float32(1)
    x *= np.float32(0.5)


def sqrtsoftplus(x: FloatArray) -> None:
    """√log(1 + e^x)."""
    np.sqrt(np.logaddexp(np.float32(0), x), out=x)


def elu(x: FloatArray) -> None:
    """X, and e^x - 1 where x is negative (Clevert et al. 2015)."""
    np.copyto(x, np.expm1(np.minimum(x, 0)), where=x < 0)


celu = elu
"""With the default parameter, 1, the same (Barron 2017)."""


def selu(x: FloatArray) -> None:
    """elu(x) with a factor of its own for negative x, and one for all; the constants are those of Klambauer et al. 2017."""
    negative = np.float32(1.6732632423543772) * np.expm1(np.minimum(x, 0))
    np.copyto(x, negative, where=x < 0)
    x *= np.float32(1.0507009873554805)


def prelu(x: FloatArray) -> None:
    """X, and 0.25 x where x is negative: as it begins, since no parameter is stored with it."""
    np.maximum(x, x * np.float32(0.25), out=x)


def rrelu(x: FloatArray) -> None:
    """X, and x times the mean of 1/8 and 1/3 where x is negative: what it is outside of training (Xu et al. 2015)."""
    np.maximum(x, x * np.float32((1 / 8 + 1 / 3) / 2), out=x)


def hardtanh(x: FloatArray) -> None:
    """X clipped to -1 to 1."""
    np.clip(x, -1, 1, out=x)


def hardsigmoid(x: FloatArray) -> None:
    """min(max(x + 3, 0), 6) / 6."""
    x += np.float32(3)
    np.clip(x, 0, 6, out=x)
    x /= np.float32(6)


def softplus(x: FloatArray) -> None:
    """log(1 + e^x)."""
    np.logaddexp(np.float32(0), x, out=x)


def log_sigmoid(x: FloatArray) -> None:
    """-log(1 + e^-x)."""
    np.negative(np.logaddexp(np.float32(0), -x), out=x)


def softsign(x: FloatArray) -> None:
    """X / (1 + |x|)."""
    x /= 1 + np.abs(x)


def tanhshrink(x: FloatArray) -> None:
    """X - tanh(x)."""
    x -= np.tanh(x)


def softshrink(x: FloatArray) -> None:
    """X brought closer to 0 by 0.5, and 0 between -0.5 and 0.5."""
    x -= np.clip(x, -0.5, 0.5)


def hardshrink(x: FloatArray) -> None:
    """X, and 0 between -0.5 and 0.5."""
    x[np.abs(x) <= 0.5] = 0
