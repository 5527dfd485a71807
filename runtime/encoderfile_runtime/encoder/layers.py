"""One transformer layer, and how a tile of tokens goes through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.ops import FloatArray

    from .scratch import Scratch
    from .weights import Norm, Weights


class Tile:
    """Some tokens on their way through the layers: arrays of (features, tokens), each in one piece.

    Attributes:
        start: the first of its columns in the pack.
        stop: the one after its last.
        stream: the residual stream.
        normed: what a linear layer reads where norms come before it; else the stream itself.
        update: what a sublayer adds to the stream.
    """

    def __init__(self, scratch: Scratch, start: int, stream: FloatArray, inner: int, *, norm_first: bool) -> None:
        """Only the stream is the tile's own: the others are used again by the next tile."""
        hidden, width = stream.shape
        self.start, self.stop = start, start + width
        self.stream = stream
        self.normed = scratch.array("normed", hidden, width) if norm_first else self.stream
        self.context, self.update, self.square = scratch.array("tile", 3, hidden, width)
        self.inner = scratch.array("inner", inner, width)


class Layer:
    """The weights of a layer, in the order of their use."""

    def __init__(self, weights: Weights, number: int) -> None:
        kind = weights.kind
        self._norm_first = kind.norm_first
        self._gate = kind.gate
        self._activation = ops.ACTIVATIONS[weights.config.hidden_act]
        names = kind.layer.numbered(number)
        self.qkv = weights.linear("qkv", *names.qkv)
        self.attention_output = weights.linear("attention_output", names.attention_output)
        self.attention_norm = weights.norm(names.attention_norm) if number or kind.first_norm else None
        self.inner = weights.linear("inner", *names.inner)
        self.output = weights.linear("output", names.output)
        self.output_norm = weights.norm(names.output_norm)

    def project(self, tile: Tile, qkv: FloatArray, scale: float) -> None:
        """Queries, keys and values of a tile: its columns of `qkv` (3·hidden, tokens), the queries scaled."""
        self._enter(tile, self.attention_norm)
        out = qkv[:, tile.start : tile.stop]
        self.qkv(tile.normed, out)
        query = out[: len(tile.stream)]
        np.multiply(query, scale, out=query)

    def finish(self, tile: Tile, context: FloatArray, sums: FloatArray, done: Callable[[], None]) -> None:
        """What comes after attention.

        Args:
            tile: its stream is read and written.
            context: (heads, D, tokens) of the pack, to be divided by
            sums: (heads, 1, tokens).
            done: called when the weights of a linear layer have been used.
        """
        columns = slice(tile.start, tile.stop)
        own = tile.context.reshape(*context.shape[:2], -1)
        np.divide(context[..., columns], sums[..., columns], out=own)
        self.attention_output(tile.context, tile.update)
        done()
        self._leave(tile, self.attention_norm)
        self._enter(tile, self.output_norm)
        self.inner(tile.normed, tile.inner)
        done()
        self.output(self._activate(tile.inner), tile.update)
        done()
        self._leave(tile, self.output_norm)

    def _activate(self, inner: FloatArray) -> FloatArray:
        """The activation or, with a gate, the activated half times the other (Shazeer 2020)."""
        if self._gate is None:
            self._activation(inner)
            return inner
        halves = inner.reshape(2, -1, inner.shape[1])
        gate: FloatArray = halves[self._gate]
        other = halves[1 - self._gate]
        self._activation(gate)
        np.multiply(gate, other, out=gate)
        return gate

    def _enter(self, tile: Tile, norm: Norm | None) -> None:
        """Norm first: the sublayer reads a normalized copy of the stream."""
        if self._norm_first:
            np.copyto(tile.normed, tile.stream)
            if norm is not None:
                norm(tile.normed, tile.square, tile.normed)

    def _leave(self, tile: Tile, norm: Norm | None) -> None:
        """Add the sublayer's output to the stream; norm last: and normalize that."""
        if self._norm_first or norm is None:
            np.add(tile.stream, tile.update, out=tile.stream)
        else:
            np.add(tile.update, tile.stream, out=tile.update)
            norm(tile.update, tile.square, tile.stream)
