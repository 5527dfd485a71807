"""Scaled dot-product attention, softmax(Q·Kᵀ / √D)·V (Vaswani et al. 2017, eq. 1), over runs of sequences of equal length.

Activations are feature-major, so a head's query, key and value are (D, T) and the scores Kᵀ·Q are (T keys, T queries).
The softmax then sums over the keys, which are rows, and V·P gives (D, T queries) again: no operand is copied transposed.

Shapes: B sequences in a run, T tokens in each, D features in a head.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import blas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.activations import FloatArray

    from .packs import Run
    from .scratch import Scratch
    from .weights import Weights

_SAFE_SUMS = 1e-18, 1e30
"""Between these limits a sum of exponentials is exact to float32 rounding.

Float32 ends near 1e-38 and 3e38. All terms are positive: in a sum below 1e30 none overflowed, and the product with the
values has room. In a sum above 1e-18, a term that underflowed is less than 1e-20 of it, which float32 does not show.
"""


class Heads(NamedTuple):
    """Views of one run of B sequences of T tokens, for heads of D features; made once for all layers.

    All but `scores` and `ones` are strided views of the pack's arrays: writing to them writes to the pack.
    """

    query: FloatArray  # (B, heads, D, T)
    key: FloatArray  # (B, heads, D, T)
    key_rows: FloatArray  # (B, heads, T, D), the same
    value: FloatArray  # (B, heads, D, T)
    context: FloatArray  # (B, heads, D, T), the attention's output times `sums`
    scores: FloatArray  # (B, heads, T keys, T queries)
    sums: FloatArray  # (B, heads, 1, T)
    ones: FloatArray  # (1, T)


class Attention:
    """Attention that takes no notice of positions; subclasses that do so override `prepare`, `bias` or `window`.

    Attributes:
        heads: how many heads this process computes.
        unit: log2(e) where the softmax uses 2ˣ, else 1: scores in natural units times this are the exponents.
        scale: what queries are multiplied with, `unit` / √D.
    """

    def __init__(self, weights: Weights) -> None:
        config = weights.config
        self.heads = config.num_attention_heads // weights.share.ranks
        # eˣ = 2^(x·log2 e). numpy's exp2 has AVX-512 code that takes half the time of its exp; without AVX-512 it is
        # scalar and slower. OpenBLAS chooses its small-matrix kernels by the same instruction set.
        self._exp: np.ufunc = np.exp2 if blas.has_small_kernels() else np.exp
        unit = math.log2(math.e) if blas.has_small_kernels() else 1.0
        self.unit = unit
        self.scale = unit / math.sqrt(config.hidden_size // config.num_attention_heads)

    def prepare(self, layer: int, run: Heads) -> None:
        """Change queries and keys in place before they meet."""

    def bias(self, layer: int, run: Heads) -> None:
        """Add to the scores."""

    def window(self, layer: int, length: int) -> FloatArray | None:
        """1 where a query sees a key and 0 elsewhere, (keys, queries); None where all see all."""

    def views(
        self, runs: Sequence[Run], qkv: FloatArray, context: FloatArray, sums: FloatArray, scratch: Scratch
    ) -> list[Heads]:
        """Views of qkv (3·features, tokens), context (features, tokens) and sums (heads, 1, tokens) by run."""
        heads, tokens = self.heads, context.shape[1]
        # Runs are computed one after the other, so one buffer of the largest run's size serves all.
        largest = max(run.sequences * run.length**2 for run in runs)
        scores = scratch.array("scores", heads * largest)
        ones = np.ones((1, max(run.length for run in runs)), np.float32)

        def split(array: FloatArray, run: Run) -> FloatArray:
            """(heads, D, tokens) to (B, heads, D, T)."""
            part = array[..., run.start : run.stop]  # (heads, D, B·T)
            apart = part.reshape(*part.shape[:2], run.sequences, run.length)  # (heads, D, B, T)
            ordered: FloatArray = apart.transpose(2, 0, 1, 3)  # (B, heads, D, T)
            return ordered

        query, key, value = qkv.reshape(3, heads, -1, tokens)  # (heads, D, tokens) each
        context = context.reshape(heads, -1, tokens)  # (heads, D, tokens)
        return [
            Heads(
                query=split(query, run),
                key=split(key, run),
                key_rows=split(key, run).swapaxes(2, 3),
                value=split(value, run),
                context=split(context, run),
                scores=scores[: heads * run.sequences * run.length**2].reshape(
                    run.sequences, heads, run.length, run.length
                ),
                sums=split(sums, run),
                ones=ones[:, : run.length],
            )
            for run in runs
        ]

    def attend(self, layer: int, runs: Sequence[Heads], sums: FloatArray) -> None:
        """Write each run's context, not yet divided by `sums` (heads, 1, tokens), of which `Heads.sums` are views.

        The usual softmax subtracts the maximum of each query's scores first. That takes two more passes over the scores,
        and trained models hardly ever need it, so it is left out and done only where the sums show that it was needed.
        The division comes last because the context (D, T) is smaller than the scores (T, T).
        """
        for run in runs:
            self.prepare(layer, run)
            self._scores(layer, run)
            self._average(run, self.window(layer, run.scores.shape[-1]))
        low, high = _SAFE_SUMS
        if not (sums.min() > low and sums.max() < high):  # written so that NaN is not safe either
            for run in runs:
                # Queries and keys are prepared already; only the scores were overwritten.
                self._scores(layer, run)
                window = self.window(layer, run.scores.shape[-1])
                if window is not None:
                    run.scores[:, :, window == 0] = -np.inf
                highest = run.scores.max(axis=2, keepdims=True)  # (B, heads, 1, T)
                np.subtract(run.scores, highest, out=run.scores)
                self._average(run, window)

    def _scores(self, layer: int, run: Heads) -> None:
        """Kᵀ·Q, and what the positions add to it."""
        np.matmul(run.key_rows, run.query, run.scores)  # (B, heads, T, D) @ (B, heads, D, T) -> (B, heads, T, T)
        self.bias(layer, run)

    def _average(self, run: Heads, window: FloatArray | None) -> None:
        """Sums of the values, weighted by the exponentials of the scores, and the sums of these weights."""
        scores = run.scores  # (B, heads, T, T), changed in place
        self._exp(scores, scores)
        if window is not None:
            np.multiply(scores, window, out=scores)
        # A product with ones sums over the keys: BLAS takes less time for it than numpy's sum.
        np.matmul(run.ones, scores, run.sums)  # (1, T) @ (B, heads, T, T) -> (B, heads, 1, T)
        np.matmul(run.value, scores, run.context)  # (B, heads, D, T) @ (B, heads, T, T) -> (B, heads, D, T)


def by_distance(values: FloatArray, length: int) -> FloatArray:
    """A matrix (…, T keys, T queries) whose elements depend on query minus key alone, as a read-only view.

    Such a matrix is constant along its diagonals (a Toeplitz matrix): a step to the next query moves one value forwards, a
    step to the next key one value backwards. Negative strides say just that, and nothing of T² elements is stored.

    Args:
        values: (…, 2n - 1) for n tokens, one for each distance of query minus key from 1 - n to n - 1.
        length: T, at most n.
    """
    middle = values.shape[-1] // 2  # distance 0
    *before, step = values.strides
    shape = (*values.shape[:-1], length, length)
    strides = (*before, -step, step)
    return np.lib.stride_tricks.as_strided(values[..., middle:], shape, strides, writeable=False)
