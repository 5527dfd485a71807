"""Attention whose scores depend on the distance of key and query: MPNet's learned bias, DeBERTa's disentangled attention.

Both sort distances into buckets, near ones alone and far ones by their logarithm, and learn something for each bucket.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .attention import Attention, by_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from encoderfile_runtime.activations import FloatArray

    from .attention import Heads
    from .weights import Linear, Weights

_FARTHEST = 128
"""In MPNet, as in T5, distances from here on share a bucket."""

_TERMS = 3
"""Terms of a disentangled score: content to content, content to position, position to content (He et al. 2020, section 3.1)."""


class RelativeAttention(Attention):
    """MPNet's: a learned bias for each head and bucket, (buckets, heads), which all layers add to their scores."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        table = weights.table(weights.kind.tables["distances"])  # (buckets, heads)
        longest = weights.config.max_tokens
        # `by_distance` wants query minus key in ascending order, T5's buckets are of key minus query: so it descends.
        buckets = _t5_buckets(np.arange(longest - 1, -longest, -1), len(table))  # (2·longest - 1,)
        [own] = weights.share.rows(table.T)  # (heads of this process, buckets)
        self._values = np.ascontiguousarray(own[:, buckets]) * np.float32(self.unit)  # (heads, 2·longest - 1)

    def bias(self, layer: int, run: Heads) -> None:  # noqa: ARG002 - the same in all layers
        """Add the bias of each head, (heads, T, T), to its scores, (B, heads, T, T)."""
        np.add(run.scores, by_distance(self._values, run.scores.shape[-1]), out=run.scores)


def _t5_buckets(distance: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    """The bucket of each distance of key minus query, as T5's for encoders (Raffel et al. 2019, section 2.1 and its code).

    The upper half of the buckets is for keys after the query. In each half, the first half of the buckets holds one
    distance each, and the others grow with the logarithm of the distance up to `_FARTHEST`.
    """
    half = count // 2
    single = half // 2
    far = np.abs(distance)
    ratio = np.log(np.maximum(far, 1) / single) / math.log(_FARTHEST / single)  # 0 at `single`, 1 at `_FARTHEST`
    logarithmic = np.minimum(single + (ratio * (half - single)).astype(np.int_), half - 1)
    return np.where(distance > 0, half, 0) + np.where(far < single, far, logarithmic)


class DisentangledAttention(Attention):
    """DeBERTa-v2's (He et al. 2020, section 3.1): scores are sums of three products of content and relative position.

    A token has a query and a key of its content; each bucket of distances has a query and a key too, which a layer makes
    of one shared table of embeddings with its own query and key matrices (`share_att_key`). A score is
    content query · content key + content query · position key + position query · content key, over √(3·D).
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        config, tables = weights.config, weights.kind.tables
        self._count = weights.share.ranks
        self.scale /= math.sqrt(_TERMS)
        self._buckets = config.position_buckets
        self._farthest = config.max_relative_positions
        rows = weights.table(tables["distances"])  # (2·buckets, hidden)
        distances = np.ascontiguousarray(rows.T)  # (hidden, 2·buckets): feature-major, as tokens are
        statistics = np.ones((2, distances.shape[1]), np.float32)
        weights.norm(tables["distances_norm"])(distances, np.empty_like(distances), statistics, distances)
        self._distances = distances
        self._projections = [
            weights.linear("qkv", *weights.kind.layer.numbered(number).qkv[:2])
            for number in range(config.num_hidden_layers)
        ]
        self._projected: dict[int, FloatArray] = {}

    def bias(self, layer: int, run: Heads) -> None:
        """Add the products of content query and position key, and of position query and content key, to the scores."""
        length = run.scores.shape[-1]
        index = self._index(length)  # (T keys, T queries)
        # A short text has few distances: only their columns are multiplied.
        low, high = int(index.min()), int(index.max()) + 1
        position_query, position_key = self._project(layer)[..., low:high]  # (heads, D, distances) each
        tokens = np.arange(length)
        for positions, content, own in (
            (position_key, run.query, tokens),  # the column is the query's: (T,), along the last axis
            (position_query, run.key, tokens[:, None]),  # the column is the key's: (T, 1)
        ):
            by_bucket = positions.swapaxes(1, 2) @ content  # (heads, distances, D) @ (B, heads, D, T)
            flat = by_bucket.reshape(*by_bucket.shape[:2], -1)  # (B, heads, distances·T)
            # Each key and query picks its distance's row and the token's own column: (B, heads, T, T)
            run.scores[...] += flat[..., (index - low) * length + own]

    def _project(self, layer: int) -> FloatArray:
        """Position queries, scaled, and position keys: (2, heads, D, 2·buckets). Made once a layer: no text changes them."""
        if layer not in self._projected:
            linear: Linear = self._projections[layer]
            out = np.empty((2 * len(self._distances) // self._count, self._distances.shape[1]), np.float32)
            linear(self._distances[None], out[None])  # (1, hidden, 2·buckets) -> (1, 2·heads·D, 2·buckets)
            projected = out.reshape(2, self.heads, -1, self._distances.shape[1])  # (2, heads, D, 2·buckets)
            projected[0] *= np.float32(self.scale)
            self._projected[layer] = projected
        return self._projected[layer]

    def _index(self, length: int) -> NDArray[np.int_]:
        """The row of the table for each distance of query minus key: (T keys, T queries), integers."""
        positions = np.arange(length)
        buckets = _log_buckets(positions - positions[:, None], self._buckets, self._farthest)
        return np.clip(buckets + self._buckets, 0, 2 * self._buckets - 1)


def _log_buckets(distance: NDArray[np.int_], count: int, farthest: int) -> NDArray[np.int_]:
    """The signed bucket of each distance, as DeBERTa-v2's code `make_log_bucket_position` has it.

    Distances up to half of `count` are their own buckets, farther ones are logarithmic up to `farthest`. Where `farthest`
    is 1, the config asks for no buckets, and each distance is its own.
    """
    if farthest <= 1:
        return distance
    near = count // 2
    far = np.maximum(np.abs(distance), near)
    # The published code rounds float32 logarithms up. So does this, since float64 may round up to another bucket.
    ratio = np.log(far.astype(np.float32) / np.float32(near)) / np.log(np.float32((farthest - 1) / near))
    logarithmic = np.ceil(ratio * np.float32(near - 1)).astype(np.int_) + near
    return np.where(np.abs(distance) <= near, distance, np.sign(distance) * logarithmic)
