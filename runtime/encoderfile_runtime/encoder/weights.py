"""Linear layers and norms over weights that stay where they are mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime import ops

from .blas import product

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.architectures import Architecture, EncoderConfig
    from encoderfile_runtime.ops import FloatArray


class Linear:
    """weight (out, in) @ x + bias, from one module or from several whose outputs follow each other."""

    __slots__ = ("_weights", "bias", "parts")

    def __init__(self, weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> None:
        self._weights = weights  # `parts` may be a view of what the first one alone does not keep alive
        self.parts = _joined(weights)
        self.bias = np.concatenate(biases)[:, None] if biases else None  # (out, 1), a small copy

    def __call__(self, x: FloatArray, out: FloatArray) -> None:
        """From (in, tokens) to (out, tokens)."""
        start = 0
        for weight in self.parts:
            product(weight, x, out[start : start + len(weight)])
            start += len(weight)
        if self.bias is not None:
            np.add(out, self.bias, out=out)


def _joined(weights: Sequence[FloatArray]) -> list[FloatArray]:
    """The weights as one view where each begins where the one before it ends, as query, key and value do in EMBD."""
    first = weights[0]
    start = first.__array_interface__["data"][0]
    adjacent = all(
        weight.__array_interface__["data"][0] == start + number * first.nbytes and weight.shape == first.shape
        for number, weight in enumerate(weights)
    )
    if len(weights) == 1 or not adjacent:
        return list(weights)
    rows, columns = first.shape
    shape = len(weights) * rows, columns
    return [np.lib.stride_tricks.as_strided(first, shape, first.strides, writeable=False)]


class Norm:
    """Layer normalization over the features."""

    __slots__ = ("bias", "epsilon", "weight")

    def __init__(self, weight: FloatArray, bias: FloatArray | None, epsilon: float) -> None:
        self.weight = weight[:, None]
        self.bias = None if bias is None else bias[:, None]
        self.epsilon = epsilon

    def __call__(self, x: FloatArray, square: FloatArray, out: FloatArray) -> None:
        """Normalize the columns of `x`, which is scratch afterwards, as is `square`; `out` may be `x`."""
        ops.layer_norm(x, self.weight, self.bias, self.epsilon, square, out)


class Weights:
    """The parameters of a model by the names of their modules, which its architecture knows without the prefix."""

    def __init__(self, kind: Architecture, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        self.kind = kind
        self.config = config
        self._tensor = tensor

    def table(self, module: str) -> FloatArray:
        """The weight alone."""
        return self._tensor(f"{self.config.prefix}{module}.weight")

    def linear(self, role: str, *modules: str) -> Linear:
        """Modules whose outputs follow each other, with biases where the architecture has them."""
        biases = [] if role in self.kind.unbiased else [self._bias(module) for module in modules]
        return Linear([self.table(module) for module in modules], biases)

    def norm(self, module: str) -> Norm:
        """A norm, with a bias where the architecture has it."""
        bias = None if "norm" in self.kind.unbiased else self._bias(module)
        return Norm(self.table(module), bias, self.config.layer_norm_eps)

    def _bias(self, module: str) -> FloatArray:
        return self._tensor(f"{self.config.prefix}{module}.bias")
