"""Linear layers and norms over weights that stay where they are mapped, and the share of them that a process works with.

A weight is [out, in] as its file holds it. Feature-major activations make a linear layer `weight @ x`, (out, in) times
(in, tokens): both operands are C-contiguous and nothing is transposed or copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .blas import Matrix
from .norms import LayerNorm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.architectures import Architecture, EncoderConfig


class Share(NamedTuple):
    """Part number `rank` of `ranks` equal ones, of each layer's weights: some heads, and some features of the inner layer.

    As in Megatron-LM (Shoeybi et al. 2019, section 3), a process has the rows of the matrices whose outputs are its heads
    or inner features, and the columns of the matrices that read these. The sum over the processes is the layer's output.
    All parts are views.
    """

    rank: int = 0
    ranks: int = 1

    def rows(self, array: FloatArray, groups: int = 1) -> list[FloatArray]:
        """This share of the rows (out, …) of each of `groups` equal groups that follow each other, such as q, k and v."""
        return [self._part(group) for group in np.split(array, groups)]

    def columns(self, array: FloatArray) -> FloatArray:
        """This share of the columns: (out, in) to (out, in / ranks)."""
        columns: FloatArray = self._part(array.T).T
        return columns

    def _part(self, array: FloatArray) -> FloatArray:
        size = len(array) // self.ranks
        part: FloatArray = array[self.rank * size : (self.rank + 1) * size]
        return part


WHOLE = Share()


def most_shares(config: EncoderConfig, count: int) -> int:
    """The greatest number of equal shares, up to `count`, that both the heads and the inner features divide into."""
    divides = (
        n for n in range(count, 1, -1) if not config.num_attention_heads % n and not config.intermediate_size % n
    )
    return next(divides, 1)


class Linear:
    """weight (out, in) @ x + bias, from one module or from several whose outputs follow each other.

    Attributes:
        parts: the weights; those at equal distances in memory are one `Matrix`, so that one product does for all.
        bias: (out,), a small copy; None for a layer without bias.
    """

    __slots__ = ("_weights", "bias", "parts")

    def __init__(self, weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> None:
        # A joined matrix is made from the address of the first weight and keeps only that one alive; this keeps all.
        self._weights = weights
        self.parts = [Matrix(weight) for weight in _joined(weights)]
        self.bias = np.concatenate(biases) if biases else None

    def __call__(self, x: FloatArray, out: FloatArray) -> None:
        """From (tiles, in, tokens) to (tiles, out, tokens)."""
        self.multiply(x, out)
        if self.bias is not None:
            np.add(out, self.bias[:, None], out)  # (out, 1) to all tokens

    def multiply(self, x: FloatArray, out: FloatArray) -> None:
        """As a call, without adding the bias."""
        if len(self.parts) == 1:
            self.parts[0].multiply(x, out)
            return
        start = 0
        for part in self.parts:
            stop = start + part.height
            part.multiply(x, out[:, start:stop])  # (tiles, rows of the part, tokens)
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
    if distance == first.nbytes and first.flags.c_contiguous:  # no gap: one tall matrix
        return [_view(first, (len(weights) * rows, columns), first.strides)]  # (n·out, in)
    return [_view(first, (len(weights), rows, columns), (distance, *first.strides))]  # (n, out, in)


def _view(first: FloatArray, shape: tuple[int, ...], strides: tuple[int, ...]) -> FloatArray:
    return np.lib.stride_tricks.as_strided(first, shape, strides, writeable=False)


class Weights:
    """The parameters of a model by the names of their modules, without the prefix that a checkpoint puts before them."""

    def __init__(
        self, kind: Architecture, config: EncoderConfig, tensor: Callable[[str], FloatArray], share: Share = WHOLE
    ) -> None:
        self.kind = kind
        self.config = config
        self.share = share
        self._tensor = tensor

    def shared(self, share: Share) -> Weights:
        """The same parameters, of which `linear` gives the share that a process works with."""
        return Weights(self.kind, self.config, self._tensor, share)

    def table(self, module: str) -> FloatArray:
        """A module's weight, (rows, columns) of an embedding table or (features,) of a norm."""
        return self._tensor(f"{self.config.prefix}{module}.weight")

    def linear(self, role: str, *modules: str) -> Linear:
        """One linear layer of modules whose outputs follow each other, with biases where the architecture has them.

        Args:
            role: the part of a layer, as `Architecture.unbiased` names it.
            modules: such as the three of query, key and value.
        """
        weights = [self.table(module) for module in modules]
        biases = [] if role in self.kind.unbiased else [self._bias(module) for module in modules]
        if self.share.ranks > 1:
            groups = {"qkv": 3, "inner": 1 if self.kind.gate is None else 2}.get(role)
            if groups is None:  # it reads what each process has a part of; its bias is added once, to the sum
                weights = [self.share.columns(weight) for weight in weights]
            else:
                each = max(1, groups // len(modules))  # groups in one module
                weights, biases = (
                    [part for array in arrays for part in self.share.rows(array, each)] for arrays in (weights, biases)
                )
        return Linear(weights, biases)

    def norm(self, module: str, before: FloatArray | None = None) -> LayerNorm:
        """A layer norm, with a bias where the architecture has it; `before` (features,) is added to what it reads."""
        bias = None if "norm" in self.kind.unbiased else self._bias(module)
        return LayerNorm(self.table(module), bias, self.config.layer_norm_eps, before)

    def _bias(self, module: str) -> FloatArray:
        return self._tensor(f"{self.config.prefix}{module}.bias")
