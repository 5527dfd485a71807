"""Activations against float64 formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from encoderfile_runtime import activations as ops

if TYPE_CHECKING:
    from collections.abc import Callable

X = np.concatenate([np.linspace(-20, 20, 120_001), [0.0, -0.0, 1e-40, -1e-40, 1e4, -1e4]]).astype(np.float32)


def gelu(x: float) -> float:
    return x / 2 * (1 + math.erf(x / math.sqrt(2)))


def gelu_tanh(x: float) -> float:
    return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: float) -> float:
    return x / 2 * (1 + math.tanh(x / 2))


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


FORMULAS: dict[str, Callable[[float], float]] = {
    "gelu": gelu,
    "gelu_10": lambda x: min(max(gelu(x), -10.0), 10.0),
    "gelu_accurate": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_new": gelu_tanh,
    "gelu_python": gelu,
    "gelu_python_tanh": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "hardswish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "laplace": lambda x: (1 + math.erf((x - 0.707107) / (0.282095 * math.sqrt(2)))) / 2,
    "leaky_relu": lambda x: max(x, 0.01 * x),
    "linear": lambda x: x,
    "mish": lambda x: x * math.tanh(softplus(x)),
    "quick_gelu": lambda x: x / 2 * (1 + math.tanh(1.702 * x / 2)),
    "relu": lambda x: max(x, 0.0),
    "relu2": lambda x: max(x, 0.0) ** 2,
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "sigmoid": lambda x: (1 + math.tanh(x / 2)) / 2,
    "silu": silu,
    "sqrtsoftplus": lambda x: math.sqrt(softplus(x)),
    "swish": silu,
    "tanh": math.tanh,
}
SELF_GATED = sorted(
    name for name in FORMULAS if name.startswith(("gelu", "silu", "swish", "quick")) and name != "gelu_10"
)


@pytest.mark.parametrize("name", ops.ACTIVATIONS)
def test_an_activation_is_exact_to_float32(name: str) -> None:
    expected = np.array([FORMULAS[name](x) for x in X.tolist()])
    actual = X.copy()
    ops.ACTIVATIONS[name](actual)
    error = np.abs(actual - expected) / np.maximum(1, np.maximum(np.abs(X), np.abs(expected)))
    # the rounding of what laplace divides by its deviation counts for more
    assert error.max() < (4e-7 if name == "laplace" else 3e-7)


@pytest.mark.parametrize("name", [*SELF_GATED, "mish", "relu"])
def test_an_activation_reaches_its_limits_where_squares_overflow(name: str) -> None:
    actual = np.array([3e38, -3e38], np.float32)
    ops.ACTIVATIONS[name](actual)
    assert actual.tolist() == [float(np.float32(3e38)), 0.0]


def test_gelu_gives_the_same_whatever_the_shape_is() -> None:
    wide = X[:120_000].reshape(300, 400).copy()
    flat = X[:120_000].copy()
    ops.gelu(wide)
    ops.gelu(flat)
    assert np.array_equal(wide.reshape(-1), flat)


def test_gelu_refuses_what_it_cannot_change_in_place() -> None:
    with pytest.raises(ValueError, match="C-contiguous"):
        ops.gelu(np.ones((4, 4), np.float32).T[1:])
