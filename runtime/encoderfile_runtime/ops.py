"""Elementwise and normalizing operations on feature-major float32 arrays: (features, tokens), C-contiguous.

Feature-major, `weight @ x` takes a weight as its file holds it, [out, in], and both operands are BLAS' best case.
Operations work in place, and activations in pieces that stay in the L2 cache.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float32]
    Activation: TypeAlias = Callable[[FloatArray], None]

_PIECE = 48 * 1024  # elements; a piece and its two scratch arrays take 576 KiB


def layer_norm(x: FloatArray, weight: FloatArray, bias: FloatArray, epsilon: float) -> None:
    """Normalize each column to zero mean and unit variance, then scale and shift (Ba et al. 2016).

    Args:
        x: (features, tokens), changed in place.
        weight: (features, 1).
        bias: (features, 1).
        epsilon: added to the variance.
    """
    mean = np.full((1, len(x)), 1 / len(x), np.float32)
    x -= mean @ x
    deviation = mean @ np.square(x)  # (1, tokens)
    deviation += epsilon
    np.sqrt(deviation, out=deviation)
    x /= deviation
    x *= weight
    x += bias


def softmax(x: FloatArray) -> None:
    """Softmax over the last axis but one, in place: each column of each matrix sums to 1."""
    x -= x.max(axis=-2, keepdims=True)
    np.exp(x, out=x)
    x /= np.ones((1, x.shape[-2]), np.float32) @ x


def _tanh_gate(argument: Callable[[FloatArray, FloatArray, FloatArray], Any]) -> Activation:
    """The activation x/2 · (1 + tanh a(x)), in place; `argument(x, a, scratch)` writes a(x) to `a`."""

    def activation(x: FloatArray) -> None:
        if not x.flags.c_contiguous:
            raise ValueError("an activation works in place, on a C-contiguous array")
        flat = x.reshape(-1)
        buffer = np.empty((2, min(flat.size, _PIECE)), np.float32)
        # a large x squares to infinity, which the formulas carry to the right limit
        with np.errstate(over="ignore"):
            for start in range(0, flat.size, _PIECE):
                piece = flat[start : start + _PIECE]
                gate, scratch = buffer[:, : piece.size]
                argument(piece, gate, scratch)
                np.tanh(gate, out=gate)
                gate += 1
                piece *= 0.5
                piece *= gate

    return activation


# atanh(erf(x/√2)) / x as g·u + a + b/(u + d + e/(u + f)) with u = x²: tests/fixtures/fit_gelu.py
_A, _B, _D, _E, _F, _G = (
    1.2445770132378922,
    -4.612668530407756,
    -6.803419823851343,
    524.7595830938621,
    30.634374157773028,
    0.017255362032487793,
)


def _gelu_argument(x: FloatArray, a: FloatArray, u: FloatArray) -> None:
    np.multiply(x, x, out=u)
    np.add(u, _F, out=a)
    np.divide(_E, a, out=a)
    a += _D
    a += u
    np.divide(_B, a, out=a)
    u *= _G
    u += _A
    a += u
    a *= x


def _gelu_tanh_argument(x: FloatArray, a: FloatArray, _: FloatArray) -> None:
    np.multiply(x, x, out=a)
    a *= 0.044715 * math.sqrt(2 / math.pi)
    a += math.sqrt(2 / math.pi)
    a *= x


def _silu_argument(x: FloatArray, a: FloatArray, _: FloatArray) -> None:
    np.multiply(x, 0.5, out=a)


gelu = _tanh_gate(_gelu_argument)
"""x/2 · (1 + erf(x/√2)) (Hendrycks & Gimpel 2016); error below 3e-7 · max(1, |x|), of which the formula's is 1.2e-7."""

gelu_tanh = _tanh_gate(_gelu_tanh_argument)
"""x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of the same paper."""

silu = _tanh_gate(_silu_argument)
"""x · sigmoid(x)."""


def relu(x: FloatArray) -> None:
    """max(x, 0)."""
    np.maximum(x, 0, out=x)


def tanh(x: FloatArray) -> None:
    """Hyperbolic tangent."""
    np.tanh(x, out=x)


ACTIVATIONS: dict[str, Activation] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
    "silu": silu,
    "swish": silu,
    "tanh": tanh,
}
"""Functions by their name in a config's `hidden_act`; each changes a contiguous array in place."""
