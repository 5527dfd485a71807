"""One transformer layer (Vaswani et al. 2017, section 3.1), and the tiles in which tokens go through it.

Where OpenBLAS has kernels for small matrices, a tile is (features, tokens) of at most `blas.TILE` tokens, in one contiguous
piece of memory of a few hundred KiB, so that a step of a layer finds in the L2 cache what the step before it wrote. Elsewhere
a pack is one tile.

Biases are added as late and as seldom as the mathematics allows, because each takes a pass over the activations:

* a key's bias b adds q·b to all scores of a query. Softmax does not change when a constant is added to all scores, so it is
  left out, except where positions turn or multiply keys after it has been added;
* a value's bias is added to each output of attention, as the weights that average the values sum to 1. It is moved through
  the output matrix into one vector with that layer's bias;
* the biases of the two layers that end a sublayer are added by the norm that follows (norm last), see `LayerNorm`.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from encoderfile_runtime import activations as ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.activations import FloatArray

    from .norms import LayerNorm
    from .scratch import Scratch
    from .weights import Weights

_KEY_BIAS_CANCELS = ("absolute", "relative")
"""Kinds of positions with which a key's bias adds the same to all scores of a query, so that the softmax cancels it."""


class Sizes(NamedTuple):
    """The features that tiles are made for: of the embeddings, of attention's output, of the inner layer; whether norms come first."""

    embedding: int
    context: int
    inner: int
    norm_first: bool


class Tiles:
    """Adjacent tiles of equal width on their way through the layers: arrays (tiles, features, tokens), C-contiguous.

    Attributes:
        start: the first column of the pack that they hold.
        stop: the column after the last.
        width: tokens in a tile.
        stream: the residual stream, (tiles, hidden, tokens).
        normed: what a linear layer reads: a normalized copy of the stream where norms come first, else the stream itself.
        update: what a sublayer adds to the stream, (tiles, hidden, tokens).
        inner: the feed-forward layer's features, (tiles, inner, tokens).
        qkv: views of the pack's queries, keys and values, (tiles, 3·features, tokens).
        query, key: the first and second third of it, (tiles, features, tokens).
        attended: a view of the attention's output before it is divided by `sums`, (tiles, heads, D, tokens).
        sums: a view of the divisors, (tiles, heads, 1, tokens).
        context: the quotient, (tiles, features, tokens); `by_head` is the same as (tiles, heads, D, tokens).
        each: tuples of stream, normed, update and inner, (features, tokens) each, one for each tile.
    """

    def __init__(self, scratch: Scratch, start: int, stream: FloatArray, sizes: Sizes) -> None:
        """Take memory for tiles of `stream`. The stream is theirs alone; the next tiles of a pack use the rest again."""
        tiles, hidden, width = stream.shape
        self.start, self.stop, self.width = start, start + tiles * width, width
        self.stream = stream
        self.normed = scratch.array("normed", *stream.shape) if sizes.norm_first else stream
        self.context = scratch.array("tile context", tiles, sizes.context, width)
        self.update = scratch.array("update", *stream.shape)
        self.inner = scratch.array("inner", tiles, sizes.inner, width)
        self._square = scratch.array("square", max(hidden, sizes.embedding), width)
        self._rows = np.ones((2, width), np.float32)
        self.each = [*zip(self.stream, self.normed, self.update, self.inner, strict=True)]

    @property
    def partial(self) -> FloatArray:
        """Where the last product of a sublayer goes, (tiles, hidden, tokens)."""
        return self.update

    def reduce(self) -> None:
        """Turn `partial` into `update`: nothing to do here, a sum over processes in `ranks.SharedTiles`."""

    def attach(self, qkv: FloatArray, context: FloatArray, sums: FloatArray) -> None:
        """Keep views of the columns of these tiles in the arrays that attention works on, which are of the whole pack.

        Args:
            qkv: (3·features, columns).
            context: the output of attention before it is divided, (heads, D, columns).
            sums: the divisors, (heads, 1, columns).
        """
        self.qkv = self._own(qkv)  # (tiles, 3·features, tokens)
        self.query, self.key, _ = self.qkv.reshape(len(self.stream), 3, -1, self.width).swapaxes(0, 1)
        self.attended = self._own(context)  # (tiles, heads, D, tokens)
        self.sums = self._own(sums)  # (tiles, heads, 1, tokens)
        self.by_head = self.context.reshape(self.attended.shape)  # (tiles, heads, D, tokens)

    def _own(self, array: FloatArray) -> FloatArray:
        """A view of the columns of these tiles: (…, columns of the pack) to (tiles, …, tokens)."""
        columns = array[..., self.start : self.stop]  # (…, tiles·tokens)
        apart = columns.reshape(*array.shape[:-1], len(self.stream), self.width)  # (…, tiles, tokens)
        own: FloatArray = np.moveaxis(apart, -2, 0)  # (tiles, …, tokens)
        return own

    def normalize(self, norm: LayerNorm, x: FloatArray, out: FloatArray) -> None:
        """Write the norm of one tile, (features, tokens), to `out`, which may be `x`."""
        norm(x, self._square[: len(x)], self._rows, out)


class Layer:
    """The weights of a layer, in the order of their use."""

    def __init__(self, weights: Weights, number: int, scale: float) -> None:
        """Take the weights of layer `number`; queries are multiplied with `scale`."""
        kind = weights.kind
        self._norm_first = kind.norm_first
        self._gate = kind.gate
        self._activation = ops.ACTIVATIONS[weights.config.hidden_act]
        self._names = names = kind.layer.numbered(number)
        self._scale = np.array(scale, np.float32)
        self.take(weights)
        self._make_norm = partial(weights.norm, names.attention_norm)
        self.attention_norm = self._make_norm() if number or kind.first_norm else None
        self.output_norm = weights.norm(names.output_norm, None if self._norm_first else self.output.bias)
        self._output_bias = self.output.bias
        self._attention_bias: FloatArray | None = None
        self._settled = False

    def _settle(self) -> None:
        """Move the values' bias behind the attention: W·(v + b) = W·v + W·b, where the weights of the average sum to 1.

        W·b reads all of W from the map, so it is computed when the layer first runs, which reads W anyway.
        """
        added = self.attention_output.bias
        if self.qkv.bias is not None:
            moved = self.attention_output.parts[0].weight @ self.qkv.bias.reshape(3, -1)[2]  # (hidden,)
            added = moved if added is None else added + moved
        self._attention_bias = added
        if not self._norm_first:
            self.attention_norm = self._make_norm(added)
        self._settled = True

    def shared(self, weights: Weights) -> Layer:
        """The same layer with a share of the weights: its sublayers give a part of a sum, which `Tiles.reduce` adds up."""
        if not self._settled:
            self._settle()
        part = copy(self)
        part.take(weights)
        return part

    def take(self, weights: Weights) -> None:
        """Use the matrices of these weights, all of them or a share."""
        names = self._names
        self.qkv = weights.linear("qkv", *names.qkv)
        self.attention_output = weights.linear("attention_output", names.attention_output)
        self.inner = weights.linear("inner", *names.inner)
        self.output = weights.linear("output", names.output)
        self._query_bias = self._key_bias = self._inner_bias = None
        if self.inner.bias is not None:
            self._inner_bias = self.inner.bias[:, None]
        if self.qkv.bias is not None:
            query, key, _ = self.qkv.bias.reshape(3, -1)  # (features,) each
            self._query_bias = (query * self._scale)[:, None]  # (features, 1)
            if weights.kind.positions not in _KEY_BIAS_CANCELS:
                self._key_bias = key[:, None]  # (features, 1)

    def project(self, tiles: Tiles) -> None:
        """Write queries, which are scaled, keys and values to `tiles.qkv`.

        Values have no bias yet, and keys have one only where it changes the result; see the module's docstring.
        """
        self._enter(tiles, self.attention_norm)
        self.qkv.multiply(tiles.normed, tiles.qkv)  # (tiles, hidden, tokens) -> (tiles, 3·features, tokens)
        # Scaling queries, (features, tokens), takes less time than scaling scores, (heads, T, T).
        np.multiply(tiles.query, self._scale, tiles.query)
        if self._query_bias is not None:
            np.add(tiles.query, self._query_bias, tiles.query)
        if self._key_bias is not None:
            np.add(tiles.key, self._key_bias, tiles.key)

    def finish(self, tiles: Tiles, done: Callable[[], None]) -> None:
        """Compute what comes after attention: its output layer, and the feed-forward sublayer.

        `done` is called when the weights of a linear layer have been used.
        """
        if not self._settled:
            self._settle()
        np.divide(tiles.attended, tiles.sums, tiles.by_head)  # (tiles, heads, D, tokens) / (tiles, heads, 1, tokens)
        self.attention_output.multiply(tiles.context, tiles.partial)  # -> (tiles, hidden, tokens)
        done()
        tiles.reduce()
        self._leave(tiles, self.attention_norm, self._attention_bias)
        self._enter(tiles, self.output_norm)
        self.inner.multiply(tiles.normed, tiles.inner)  # (tiles, hidden, tokens) -> (tiles, inner, tokens)
        done()
        self.output.multiply(self._activate(tiles), tiles.partial)  # (tiles, inner, tokens) -> (tiles, hidden, tokens)
        done()
        tiles.reduce()
        self._leave(tiles, self.output_norm, self._output_bias)

    def _activate(self, tiles: Tiles) -> FloatArray:
        """Activate the inner features in place, or with a gate one half, times the other half (Shazeer 2020).

        Tile by tile, so that each is still in the L2 cache. With a gate the result is half as many features, a view.
        """
        for _, _, _, inner in tiles.each:  # (inner, tokens)
            if self._inner_bias is not None:
                np.add(inner, self._inner_bias, inner)
            if self._gate is None:
                self._activation(inner)
            else:
                halves = inner.reshape(2, -1, tiles.width)  # (2, inner / 2, tokens)
                gate, other = halves[self._gate], halves[1 - self._gate]
                self._activation(gate)
                np.multiply(gate, other, gate)
        if self._gate is None:
            return tiles.inner
        halves = tiles.inner.reshape(len(tiles.inner), 2, -1, tiles.width)  # (tiles, 2, inner / 2, tokens)
        activated: FloatArray = halves[:, self._gate]  # (tiles, inner / 2, tokens)
        return activated

    def _enter(self, tiles: Tiles, norm: LayerNorm | None) -> None:
        """Where norms come first, make the normalized copy of the stream that the sublayer reads (Xiong et al. 2020)."""
        if self._norm_first:
            for stream, normed, _, _ in tiles.each:
                np.copyto(normed, stream)
                if norm is not None:
                    tiles.normalize(norm, normed, normed)

    def _leave(self, tiles: Tiles, norm: LayerNorm | None, bias: FloatArray | None) -> None:
        """Add the sublayer's output and its bias to the stream and, where norms come last, normalize the sum."""
        for stream, _, update, _ in tiles.each:
            if self._norm_first or norm is None:
                np.add(stream, update, stream)
                if bias is not None:
                    np.add(stream, bias[:, None], stream)
            else:
                np.add(update, stream, update)  # not into the stream: the norm overwrites what it reads
                tiles.normalize(norm, update, stream)
