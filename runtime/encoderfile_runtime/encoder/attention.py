"""Scaled dot-product attention (Vaswani et al. 2017) over runs of sequences of equal length.

Scores are (keys, queries), so that the softmax sums over columns and V·P needs no transposed copy.
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
"""Sums of exponentials within these lost nothing to overflow or underflow."""


class Heads(NamedTuple):
    """Views of one run of B sequences of T tokens, for heads of D features; made once for all layers."""

    query: FloatArray  # (B, heads, D, T)
    key: FloatArray  # (B, heads, D, T)
    key_rows: FloatArray  # (B, heads, T, D), the same
    value: FloatArray  # (B, heads, D, T)
    context: FloatArray  # (B, heads, D, T), the attention's output times `sums`
    scores: FloatArray  # (B, heads, T keys, T queries)
    sums: FloatArray  # (B, heads, 1, T)
    ones: FloatArray  # (1, T)


class Attention:
    """Attention without positions of its own; those that have them add to `prepare`, `bias` or `window`."""

    def __init__(self, weights: Weights) -> None:
        config = weights.config
        self.heads = config.num_attention_heads // weights.share.ranks
        # Where numpy's exp2 is vectorized it takes half the time of its exp.
        self._exp: np.ufunc = np.exp2 if blas.has_small_kernels() else np.exp
        unit = math.log2(math.e) if blas.has_small_kernels() else 1.0
        self.unit = unit
        self.scale = unit / math.sqrt(config.hidden_size // config.num_attention_heads)
        """What queries are multiplied with; it holds `unit`, which turns powers of e into those of the base at hand."""

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
        largest = max(run.sequences * run.length**2 for run in runs)
        scores = scratch.array("scores", heads * largest)
        ones = np.ones((1, max(run.length for run in runs)), np.float32)

        def split(array: FloatArray, run: Run) -> FloatArray:
            """(heads, D, tokens) to (B, heads, D, T)."""
            part = array[..., run.start : run.stop]
            apart = part.reshape(*part.shape[:2], run.sequences, run.length)
            ordered: FloatArray = apart.transpose(2, 0, 1, 3)
            return ordered

        query, key, value = qkv.reshape(3, heads, -1, tokens)
        context = context.reshape(heads, -1, tokens)
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
        """Write each run's context, not yet divided by `sums`, which the runs' own are views of."""
        for run in runs:
            self.prepare(layer, run)
            self._scores(layer, run)
            self._average(run, self.window(layer, run.scores.shape[-1]))
        low, high = _SAFE_SUMS
        if not (sums.min() > low and sums.max() < high):
            for run in runs:
                self._scores(layer, run)
                window = self.window(layer, run.scores.shape[-1])
                if window is not None:
                    run.scores[:, :, window == 0] = -np.inf
                np.subtract(run.scores, run.scores.max(axis=2, keepdims=True), out=run.scores)
                self._average(run, window)

    def _scores(self, layer: int, run: Heads) -> None:
        np.matmul(run.key_rows, run.query, run.scores)
        self.bias(layer, run)

    def _average(self, run: Heads, window: FloatArray | None) -> None:
        scores = run.scores
        self._exp(scores, scores)
        if window is not None:
            np.multiply(scores, window, out=scores)
        np.matmul(run.ones, scores, run.sums)
        np.matmul(run.value, scores, run.context)
