"""A learned bias on the scores for each distance of key and query, distances in buckets as in T5 (Raffel et al. 2019)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .attention import Attention
from .distances import by_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .attention import Heads
    from .weights import Weights

_FARTHEST = 128
"""Distances from here on share a bucket."""


class RelativeAttention(Attention):
    """MPNet's: one table of (buckets, heads) for all layers."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        table = weights.table(weights.kind.tables["distances"])  # (buckets, heads)
        longest = weights.config.max_tokens
        buckets = _buckets(np.arange(longest - 1, -longest, -1), len(table))  # key minus query
        [own] = weights.share.rows(table.T)
        self._values = np.ascontiguousarray(own[:, buckets]) * np.float32(self.unit)  # (heads, distances)

    def bias(self, layer: int, run: Heads) -> None:  # noqa: ARG002 - the same in all layers
        """Add the bias of each head to its scores."""
        np.add(run.scores, by_distance(self._values, run.scores.shape[-1]), out=run.scores)


def _buckets(distance: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    """Half of the buckets for keys behind the query; of each half, half for single distances, the rest logarithmic."""
    half = count // 2
    single = half // 2
    far = np.abs(distance)
    ratio = np.log(np.maximum(far, 1) / single) / math.log(_FARTHEST / single)
    logarithmic = np.minimum(single + (ratio * (half - single)).astype(np.int_), half - 1)
    return np.where(distance > 0, half, 0) + np.where(far < single, far, logarithmic)
