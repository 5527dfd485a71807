"""Linear layers and norms over weights that stay where they are mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .blas import Matrix
from .norms import LayerNorm
from .shares import WHOLE, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.architectures import Architecture, EncoderConfig


class Linear:
    """weight (out, in) @ x + bias, from one module or from several whose outputs follow each other.

    Attributes:
        parts: the weights, those that are adjacent as one.
        bias: (out,), a small copy; None where there is none.
    """

    __slots__ = ("_weights", "bias", "parts")

    def __init__(self, weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> None:
        self._weights = weights  # `parts` may be a view of what the first one alone does not keep alive
        self.parts = [Matrix(weight) for weight in _joined(weights)]
        self.bias = np.concatenate(biases) if biases else None

    def __call__(self, x: FloatArray, out: FloatArray) -> None:
        """From (tiles, in, tokens) to (tiles, out, tokens)."""
        self.multiply(x, out)
        if self.bias is not None:
            np.add(out, self.bias[:, None], out)

    def multiply(self, x: FloatArray, out: FloatArray) -> None:
        """The same without the bias."""
        if len(self.parts) == 1:
            self.parts[0].multiply(x, out)
            return
        start = 0
        for part in self.parts:
            stop = start + part.height
            part.multiply(x, out[:, start:stop])
            start = stop


def _joined(weights: Sequence[FloatArray]) -> list[FloatArray]:
    """The weights as one view where they are at equal distances, as query, key and value are in EMBD."""
    first = weights[0]
    places = [weight.__array_interface__["data"][0] for weight in weights]
    distance = places[1] - places[0] if len(places) > 1 else 0
    spaced = all(
        (weight.shape, weight.strides, place) == (first.shape, first.strides, places[0] + number * distance)
        for number, (weight, place) in enumerate(zip(weights, places, strict=True))
    )
    if len(weights) == 1 or not spaced:
        return list(weights)
    rows, columns = first.shape
    if distance == first.nbytes and first.flags.c_contiguous:
        return [_view(first, (len(weights) * rows, columns), first.strides)]
    return [_view(first, (len(weights), rows, columns), (distance, *first.strides))]


def _view(first: FloatArray, shape: tuple[int, ...], strides: tuple[int, ...]) -> FloatArray:
    return np.lib.stride_tricks.as_strided(first, shape, strides, writeable=False)


class Weights:
    """The parameters of a model by the names of their modules, which its architecture knows without the prefix."""

    def __init__(
        self, kind: Architecture, config: EncoderConfig, tensor: Callable[[str], FloatArray], share: Share = WHOLE
    ) -> None:
        self.kind = kind
        self.config = config
        self.share = share
        self._tensor = tensor

    def shared(self, share: Share) -> Weights:
        """The same with a share of each layer."""
        return Weights(self.kind, self.config, self._tensor, share)

    def table(self, module: str) -> FloatArray:
        """The weight alone."""
        return self._tensor(f"{self.config.prefix}{module}.weight")

    def linear(self, role: str, *modules: str) -> Linear:
        """Modules whose outputs follow each other, with biases where the architecture has them."""
        weights = [self.table(module) for module in modules]
        biases = [] if role in self.kind.unbiased else [self._bias(module) for module in modules]
        if self.share.ranks > 1:
            groups = {"qkv": 3, "inner": 1 if self.kind.gate is None else 2}.get(role)
            if groups is None:
                weights = [self.share.columns(weight) for weight in weights]
            else:
                each = max(1, groups // len(modules))
                weights, biases = (
                    [part for array in arrays for part in self.share.rows(array, each)] for arrays in (weights, biases)
                )
        return Linear(weights, biases)

    def norm(self, module: str, before: FloatArray | None = None) -> LayerNorm:
        """A norm, with a bias where the architecture has it, of what lacks the bias `before`."""
        bias = None if "norm" in self.kind.unbiased else self._bias(module)
        return LayerNorm(self.table(module), bias, self.config.layer_norm_eps, before)

    def _bias(self, module: str) -> FloatArray:
        return self._tensor(f"{self.config.prefix}{module}.bias")
