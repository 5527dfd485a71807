"""One transformer layer, and how tokens go through it, in tiles."""

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

_SHIFTED = ("absolute", "relative")
"""Positions with which a key's bias adds the same to all scores of a query, which the softmax does not see."""


class Sizes(NamedTuple):
    """What a tile has to be made for: the features of attention's output and of the inner layer."""

    context: int
    inner: int
    norm_first: bool


class Tiles:
    """Some tokens on their way through the layers: arrays of (tiles, features, tokens), each tile in one piece.

    Attributes:
        start: the first of their columns in the pack.
        stop: the one after their last.
        width: tokens in a tile.
        stream: the residual stream.
        normed: what a linear layer reads where norms come before it; else the stream itself.
        update: what a sublayer adds to the stream.
        qkv, query, key: the columns of queries, keys and values.
        attended, sums: the attention's output, (tiles, heads, D, tokens), and what it is divided by.
        context, by_head: the quotient, and the same in that shape.
        each: by tile, stream, normed, update and inner.
    """

    def __init__(self, scratch: Scratch, start: int, stream: FloatArray, sizes: Sizes) -> None:
        """Only the stream is their own: the rest is used again by the next tiles."""
        tiles, hidden, width = stream.shape
        self.start, self.stop, self.width = start, start + tiles * width, width
        self.stream = stream
        self.normed = scratch.array("normed", *stream.shape) if sizes.norm_first else stream
        self.context = scratch.array("tile context", tiles, sizes.context, width)
        self.update = scratch.array("update", *stream.shape)
        self.inner = scratch.array("inner", tiles, sizes.inner, width)
        self._square = scratch.array("square", hidden, width)
        self._rows = np.ones((2, width), np.float32)
        self.each = [*zip(self.stream, self.normed, self.update, self.inner, strict=True)]

    @property
    def partial(self) -> FloatArray:
        """Where a sublayer's last product goes."""
        return self.update

    def reduce(self) -> None:
        """Make the update of `partial`, where it is not the same."""

    def attach(self, qkv: FloatArray, context: FloatArray, sums: FloatArray) -> None:
        """Take their columns of what attention has of the whole pack.

        Args:
            qkv: (3·features, tokens).
            context: (heads, D, tokens), to be divided by
            sums: (heads, 1, tokens).
        """
        self.qkv = self._own(qkv)
        self.query, self.key, _ = self.qkv.reshape(len(self.stream), 3, -1, self.width).swapaxes(0, 1)
        self.attended, self.sums = self._own(context), self._own(sums)
        self.by_head = self.context.reshape(self.attended.shape)

    def _own(self, array: FloatArray) -> FloatArray:
        """(…, tokens of the pack) to (tiles, …, tokens of a tile), a view."""
        columns = array[..., self.start : self.stop]
        apart = columns.reshape(*array.shape[:-1], len(self.stream), self.width)
        own: FloatArray = np.moveaxis(apart, -2, 0)
        return own

    def normalize(self, norm: LayerNorm, x: FloatArray, out: FloatArray) -> None:
        """Write the norm of one tile, (features, tokens), to `out`, which may be `x`."""
        norm(x, self._square[: len(x)], self._rows, out)


class Layer:
    """The weights of a layer, in the order of their use."""

    def __init__(self, weights: Weights, number: int, scale: float) -> None:
        """`scale` is what queries are multiplied with."""
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
        """Take the values' bias past the attention, whose weights add up to one; not before these weights are needed anyway."""
        added = self.attention_output.bias
        if self.qkv.bias is not None:
            moved = self.attention_output.parts[0].weight @ self.qkv.bias.reshape(3, -1)[2]
            added = moved if added is None else added + moved
        self._attention_bias = added
        if not self._norm_first:
            self.attention_norm = self._make_norm(added)
        self._settled = True

    def shared(self, weights: Weights) -> Layer:
        """The layer with a share of the weights, which is what `Tiles.reduce` is for."""
        if not self._settled:
            self._settle()
        part = copy(self)
        part.take(weights)
        return part

    def take(self, weights: Weights) -> None:
        """Work with these matrices."""
        names = self._names
        self.qkv = weights.linear("qkv", *names.qkv)
        self.attention_output = weights.linear("attention_output", names.attention_output)
        self.inner = weights.linear("inner", *names.inner)
        self.output = weights.linear("output", names.output)
        self._query_bias = self._key_bias = self._inner_bias = None
        if self.inner.bias is not None:
            self._inner_bias = self.inner.bias[:, None]
        if self.qkv.bias is not None:
            query, key, _ = self.qkv.bias.reshape(3, -1)
            self._query_bias = (query * self._scale)[:, None]
            if weights.kind.positions not in _SHIFTED:
                self._key_bias = key[:, None]

    def project(self, tiles: Tiles) -> None:
        """Queries, scaled, keys and values; these two without biases that the softmax does not see or that come later."""
        self._enter(tiles, self.attention_norm)
        self.qkv.multiply(tiles.normed, tiles.qkv)
        np.multiply(tiles.query, self._scale, tiles.query)
        if self._query_bias is not None:
            np.add(tiles.query, self._query_bias, tiles.query)
        if self._key_bias is not None:
            np.add(tiles.key, self._key_bias, tiles.key)

    def finish(self, tiles: Tiles, done: Callable[[], None]) -> None:
        """What comes after attention; `done` is called when the weights of a linear layer have been used."""
        if not self._settled:
            self._settle()
        np.divide(tiles.attended, tiles.sums, tiles.by_head)
        self.attention_output.multiply(tiles.context, tiles.partial)
        done()
        tiles.reduce()
        self._leave(tiles, self.attention_norm, self._attention_bias)
        self._enter(tiles, self.output_norm)
        self.inner.multiply(tiles.normed, tiles.inner)
        done()
        self.output.multiply(self._activate(tiles), tiles.partial)
        done()
        tiles.reduce()
        self._leave(tiles, self.output_norm, self._output_bias)

    def _activate(self, tiles: Tiles) -> FloatArray:
        """The activation or, with a gate, the activated half times the other (Shazeer 2020)."""
        for _, _, _, inner in tiles.each:
            if self._inner_bias is not None:
                np.add(inner, self._inner_bias, inner)
            if self._gate is None:
                self._activation(inner)
            else:
                halves = inner.reshape(2, -1, tiles.width)
                gate, other = halves[self._gate], halves[1 - self._gate]
                self._activation(gate)
                np.multiply(gate, other, gate)
        if self._gate is None:
            return tiles.inner
        activated: FloatArray = tiles.inner.reshape(len(tiles.inner), 2, -1, tiles.width)[:, self._gate]
        return activated

    def _enter(self, tiles: Tiles, norm: LayerNorm | None) -> None:
        """Norm first: the sublayer reads a normalized copy of the stream."""
        if self._norm_first:
            for stream, normed, _, _ in tiles.each:
                np.copyto(normed, stream)
                if norm is not None:
                    tiles.normalize(norm, normed, normed)

    def _leave(self, tiles: Tiles, norm: LayerNorm | None, bias: FloatArray | None) -> None:
        """Add the sublayer's output and its bias to the stream; norm last: and normalize that."""
        for stream, _, update, _ in tiles.each:
            if self._norm_first or norm is None:
                np.add(stream, update, stream)
                if bias is not None:
                    np.add(stream, bias[:, None], stream)
            else:
                np.add(update, stream, update)
                tiles.normalize(norm, update, stream)
