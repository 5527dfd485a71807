"""Disentangled attention (He et al. 2020): content scores distance and distance scores content, besides content itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .attention import Attention

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from encoderfile_runtime.activations import FloatArray

    from .attention import Heads
    from .weights import Linear, Weights

_KINDS = 3
"""Content to content, content to distance, distance to content: their sum is scaled as the sum of three."""


class DisentangledAttention(Attention):
    """DeBERTa-v2's: embeddings of distances, projected by each layer's own query and key matrices."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        config, tables = weights.config, weights.kind.tables
        self._count = weights.share.ranks
        self.scale /= math.sqrt(_KINDS)
        self._buckets = config.position_buckets
        self._farthest = config.max_relative_positions
        rows = weights.table(tables["distances"])
        distances = np.ascontiguousarray(rows.T)  # (hidden, 2·buckets)
        statistics = np.ones((2, distances.shape[1]), np.float32)
        weights.norm(tables["distances_norm"])(distances, np.empty_like(distances), statistics, distances)
        self._distances = distances
        self._projections = [
            weights.linear("qkv", *weights.kind.layer.numbered(number).qkv[:2])
            for number in range(config.num_hidden_layers)
        ]
        self._projected: dict[int, FloatArray] = {}

    def bias(self, layer: int, run: Heads) -> None:
        """Add what query content makes of the key's distance, and key content of the query's."""
        length = run.scores.shape[-1]
        index = self._index(length)  # (keys, queries)
        low, high = int(index.min()), int(index.max()) + 1
        position_query, position_key = self._project(layer)[..., low:high]  # (heads, D, distances)
        tokens = np.arange(length)
        for positions, content, own in (
            (position_key, run.query, tokens),
            (position_query, run.key, tokens[:, None]),
        ):
            by_distance = positions.swapaxes(1, 2) @ content  # (B, heads, distances, T)
            flat = by_distance.reshape(*by_distance.shape[:2], -1)
            run.scores[...] += flat[..., (index - low) * length + own]

    def _project(self, layer: int) -> FloatArray:
        """Queries, scaled, and keys of all distances: (2, heads, D, 2·buckets)."""
        if layer not in self._projected:
            linear: Linear = self._projections[layer]
            out = np.empty((2 * len(self._distances) // self._count, self._distances.shape[1]), np.float32)
            linear(self._distances[None], out[None])
            projected = out.reshape(2, self.heads, -1, self._distances.shape[1])
            projected[0] *= np.float32(self.scale)
            self._projected[layer] = projected
        return self._projected[layer]

    def _index(self, length: int) -> NDArray[np.int_]:
        """The row of each distance of query and key: (keys, queries)."""
        positions = np.arange(length)
        buckets = _log_buckets(positions - positions[:, None], self._buckets, self._farthest)
        return np.clip(buckets + self._buckets, 0, 2 * self._buckets - 1)


def _log_buckets(distance: NDArray[np.int_], count: int, farthest: int) -> NDArray[np.int_]:
    """Near distances as they are, from half of `count` on logarithmic; all as they are where `farthest` is 1."""
    if farthest <= 1:
        return distance
    near = count // 2
    far = np.maximum(np.abs(distance), near)
    # As in the published code, ceilings of float32 logarithms.
    ratio = np.log(far.astype(np.float32) / np.float32(near)) / np.log(np.float32((farthest - 1) / near))
    logarithmic = np.ceil(ratio * np.float32(near - 1)).astype(np.int_) + near
    return np.where(np.abs(distance) <= near, distance, np.sign(distance) * logarithmic)
