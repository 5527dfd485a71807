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

FORMULAS: dict[str, Callable[[float], float]] = {
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "gelu_new": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "gelu_pytorch_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: max(x, 0.0),
    "silu": lambda x: x / 2 * (1 + math.tanh(x / 2)),
    "swish": lambda x: x / 2 * (1 + math.tanh(x / 2)),
    "tanh": math.tanh,
}


@pytest.mark.parametrize("name", ops.ACTIVATIONS)
def test_an_activation_is_exact_to_float32(name: str) -> None:
    expected = np.array([FORMULAS[name](x) for x in X.tolist()])
    actual = X.copy()
    ops.ACTIVATIONS[name](actual)
    error = np.abs(actual - expected) / np.maximum(1, np.abs(X))
    assert error.max() < 3e-7


@pytest.mark.parametrize("name", sorted(set(ops.ACTIVATIONS) - {"tanh"}))
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
