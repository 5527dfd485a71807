"""Elementwise operations on feature-major float32 arrays: (features, tokens), C-contiguous.

Feature-major, `weight @ x` takes a weight as its file holds it, [out, in], and both operands are contiguous along the rows.
Operations work in place, and activations in pieces that stay in the L2 cache.

numpy has no erf, so GELU and SiLU are written with tanh, which numpy has in SIMD: both are x/2 · (1 + tanh a(x)) for some a.
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

_PIECE = 32 * 1024
"""Elements that an activation takes at a time. It reads and writes them some 15 times; with its two scratch arrays a piece has
384 KiB, which stay in an L2 cache of 512 KiB or more."""


def linear(x: FloatArray, weight: FloatArray, bias: FloatArray | None) -> FloatArray:
    """A linear layer on a few rows, token-major: (n, in) to (n, out), C-contiguous."""
    y: FloatArray = x @ weight.T  # (n, in) @ (in, out) -> (n, out)
    return y if bias is None else y + bias


def _tanh_gate(argument: Callable[[FloatArray, FloatArray, FloatArray], Any]) -> Activation:
    """The activation x/2 · (1 + tanh a(x)), in place; `argument(x, a, scratch)` writes a(x) to `a`."""

    def activation(x: FloatArray) -> None:
        if not x.flags.c_contiguous:
            raise ValueError("an activation works in place, on a C-contiguous array")
        flat = x.reshape(-1)  # (features·tokens,): elementwise, so the shape does not matter
        buffer = np.empty((2, min(flat.size, _PIECE)), np.float32)
        # A large x squares to infinity; a(x) is then infinite with the sign of x, and the gate is 0 or 2 as it should be.
        with np.errstate(over="ignore"):
            for start in range(0, flat.size, _PIECE):
                piece = flat[start : start + _PIECE]
                gate, scratch = buffer[:, : piece.size]
                argument(piece, gate, scratch)  # gate = a(x)
                np.tanh(gate, gate)
                np.add(gate, _ONE, gate)  # 1 + tanh a(x)
                np.multiply(piece, _HALF, piece)
                np.multiply(piece, gate, piece)

    return activation


def _constants(*values: float) -> list[FloatArray]:
    """Arrays without dimensions, which numpy's functions take faster than Python's numbers, and as float32 in any version."""
    return [np.array(value, np.float32) for value in values]


_ONE, _HALF = _constants(1, 0.5)

# 1 + erf(x/√2) = 1 + tanh(atanh(erf(x/√2))). The argument of tanh is x times an even function, which is approximated by
# g·u + a + b/(u + d + e/(u + f)) with u = x². tests/fixtures/fit_gelu.py fits the constants and says how.
_A, _B, _D, _E, _F, _G = _constants(
    1.2445770132378922,
    -4.612668530407756,
    -6.803419823851343,
    524.7595830938621,
    30.634374157773028,
    0.017255362032487793,
)
# √(2/π) (x + 0.044715 x³), from Hendrycks & Gimpel 2016, section 2
_LINEAR, _CUBIC = _constants(math.sqrt(2 / math.pi), 0.044715 * math.sqrt(2 / math.pi))


def _gelu_argument(x: FloatArray, a: FloatArray, u: FloatArray) -> None:
    np.multiply(x, x, u)
    np.add(u, _F, a)  # u + f
    np.divide(_E, a, a)  # e/(u + f)
    np.add(a, _D, a)
    np.add(a, u, a)  # u + d + e/(u + f)
    np.divide(_B, a, a)  # b/(u + d + e/(u + f))
    np.multiply(u, _G, u)
    np.add(u, _A, u)  # g·u + a
    np.add(a, u, a)
    np.multiply(a, x, a)  # times x


def _gelu_tanh_argument(x: FloatArray, a: FloatArray, _: FloatArray) -> None:
    np.multiply(x, x, a)
    np.multiply(a, _CUBIC, a)
    np.add(a, _LINEAR, a)
    np.multiply(a, x, a)  # x (√(2/π) + 0.044715 √(2/π) x²)


def _silu_argument(x: FloatArray, a: FloatArray, _: FloatArray) -> None:
    np.multiply(x, _HALF, a)  # sigmoid(x) = (1 + tanh(x/2)) / 2


gelu = _tanh_gate(_gelu_argument)
"""x/2 · (1 + erf(x/√2)) (Hendrycks & Gimpel 2016); error below 3e-7 · max(1, |x|), of which the formula's is 1.2e-7."""

gelu_tanh = _tanh_gate(_gelu_tanh_argument)
"""x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of the same paper."""

silu = _tanh_gate(_silu_argument)
"""x · sigmoid(x), also called Swish (Elfwing et al. 2018; Ramachandran et al. 2017)."""


def relu(x: FloatArray) -> None:
    """max(x, 0), in place."""
    np.maximum(x, 0, out=x)


def tanh(x: FloatArray) -> None:
    """Hyperbolic tangent, in place."""
    np.tanh(x, out=x)


def _late(name: str) -> Activation:
    def activation(x: FloatArray) -> None:
        from . import rare_activations as activations

        getattr(activations, name)(x)

    return activation


_RARE = "gelu_10 hardswish laplace leaky_relu linear mish quick_gelu relu2 relu6 sigmoid sqrtsoftplus"
ACTIVATIONS: dict[str, Activation] = {name: _late(name) for name in _RARE.split()} | {
    "gelu": gelu,
    "gelu_accurate": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_new": gelu_tanh,
    "gelu_python": gelu,
    "gelu_python_tanh": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
    "silu": silu,
    "swish": silu,
    "tanh": tanh,
}
"""Functions by their name in a config's `hidden_act`; each changes a contiguous array in place."""

_MODULES = (
    "celu elu hardshrink hardsigmoid hardtanh log_sigmoid prelu rrelu selu softplus softshrink softsign tanhshrink"
)
MODULE_ACTIVATIONS: dict[str, Activation] = ACTIVATIONS | {name: _late(name) for name in _MODULES.split()}
"""Those of modules and cross-encoders of sentence-transformers, which may name any of torch.nn too."""
