"""The transformer encoder (Vaswani et al. 2017, as in BERT) in numpy, over weights that stay where they are mapped.

Activations are feature-major, (features, tokens). Sequences lie side by side without padding: linear layers see
only real tokens, and attention runs on each group of sequences of equal length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from . import ops
from .architectures import ARCHITECTURES
from .errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .architectures import EncoderConfig, LayerNames
    from .ops import FloatArray

PASS_TOKENS = 512
"""Tokens that go through the layers together: enough for full BLAS speed, few enough to stay near the caches."""


class Affine:
    """The two parameters of a linear layer or a norm: weight (out, in) or (features, 1), and bias (out, 1)."""

    __slots__ = ("bias", "weight")

    def __init__(self, weight: FloatArray, bias: FloatArray) -> None:
        self.weight = weight if weight.ndim == 2 else weight[:, None]
        self.bias = bias[:, None]

    def linear(self, x: FloatArray, out: FloatArray) -> FloatArray:
        """Write weight @ x + bias to `out`, and return that."""
        np.matmul(self.weight, x, out=out)
        out += self.bias
        return out

    def norm(self, x: FloatArray, epsilon: float) -> None:
        """Layer normalization of `x`, in place."""
        ops.layer_norm(x, self.weight, self.bias, epsilon)


class Layer:
    """The parameters of one layer, by their names in `architectures.LayerNames`."""

    def __init__(self, names: LayerNames, number: int, affine: Callable[[str], Affine]) -> None:
        self.query = affine(names.query.format(number))
        self.key = affine(names.key.format(number))
        self.value = affine(names.value.format(number))
        self.attention_output = affine(names.attention_output.format(number))
        self.attention_norm = affine(names.attention_norm.format(number))
        self.intermediate = affine(names.intermediate.format(number))
        self.output = affine(names.output.format(number))
        self.output_norm = affine(names.output_norm.format(number))


class Encoder:
    """An encoder: token ids in, hidden states out. Holds no state between calls, so threads may share it."""

    def __init__(self, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights, without a copy, from `tensor`: the float32 array of a name, [out, in] for linear layers."""

        def table(module: str) -> FloatArray:
            return tensor(f"{config.prefix}{module}.weight")

        def affine(module: str) -> Affine:
            return Affine(table(module), tensor(f"{config.prefix}{module}.bias"))

        names = ARCHITECTURES[config.architecture]
        self.config = config
        self._words = table(names.word_embeddings)
        self._positions = table(names.position_embeddings)
        self._types = table(names.token_type_embeddings)
        self._embeddings_norm = affine(names.embeddings_norm)
        self._layers = [Layer(names.layer, number, affine) for number in range(config.num_hidden_layers)]
        self._activation = ops.ACTIVATIONS[config.hidden_act]

    def forward(
        self,
        sequences: Sequence[Sequence[int]],
        type_ids: Sequence[Sequence[int]] | None = None,
        *,
        after_layer: Callable[[], None] | None = None,
    ) -> list[FloatArray]:
        """Hidden states of the last layer, one (tokens, hidden) array a sequence.

        Args:
            sequences: the token ids of each sequence.
            type_ids: the token types of each sequence; all 0 when None.
            after_layer: called each time a layer is done.

        Raises:
            EncoderfileError: a sequence is empty or longer than the position embeddings, or an id has no embedding.
        """
        self._check(sequences, type_ids)
        states: dict[int, FloatArray] = {}
        for chosen in _passes([len(ids) for ids in sequences]):
            ids = [sequences[index] for index in chosen]
            types = [type_ids[index] for index in chosen] if type_ids is not None else None
            rows = self._pass(ids, types, after_layer)
            start = 0
            for index, sequence in zip(chosen, ids, strict=True):
                states[index] = rows[start : start + len(sequence)]
                start += len(sequence)
        return [states[index] for index in range(len(sequences))]

    def _check(self, sequences: Sequence[Sequence[int]], type_ids: Sequence[Sequence[int]] | None) -> None:
        # numpy would count a negative index from the end
        config = self.config
        for number, ids in enumerate(sequences, 1):
            if not ids:
                raise EncoderfileError(f"text {number}: no tokens, expected at least 1")
            if len(ids) > config.max_position_embeddings:
                limit = config.max_position_embeddings
                raise EncoderfileError(
                    f"text {number}: {len(ids)} tokens, the model takes {limit}: shorten or truncate it"
                )
            _check_ids(f"text {number}: token id", ids, config.vocab_size)
        if type_ids is not None:
            if [len(types) for types in type_ids] != [len(ids) for ids in sequences]:
                raise EncoderfileError("type ids: expected one for each token id")
            for number, types in enumerate(type_ids, 1):
                _check_ids(f"text {number}: type id", types, config.type_vocab_size)

    def _pass(
        self,
        sequences: list[Sequence[int]],
        type_ids: list[Sequence[int]] | None,
        after_layer: Callable[[], None] | None,
    ) -> FloatArray:
        """Hidden states of sequences of ascending or descending lengths, one after the other: (tokens, hidden)."""
        hidden = self.config.hidden_size
        lengths = [len(ids) for ids in sequences]
        tokens = sum(lengths)
        x = self._embed(sequences, type_ids)  # (hidden, tokens)
        qkv = np.empty((3, hidden, tokens), np.float32)
        context, update = np.empty((2, hidden, tokens), np.float32)
        inner = np.empty((self.config.intermediate_size, tokens), np.float32)
        groups = list(self._groups(lengths, qkv, context))
        scale = 1 / math.sqrt(hidden // self.config.num_attention_heads)
        epsilon = self.config.layer_norm_eps
        for layer in self._layers:
            query, key, value = qkv
            layer.query.linear(x, query)
            layer.key.linear(x, key)
            layer.value.linear(x, value)
            query *= scale
            for group in groups:
                _attend(*group)
            x += layer.attention_output.linear(context, update)
            layer.attention_norm.norm(x, epsilon)
            self._activation(layer.intermediate.linear(x, inner))
            x += layer.output.linear(inner, update)
            layer.output_norm.norm(x, epsilon)
            if after_layer is not None:
                after_layer()
        return np.ascontiguousarray(x.T)

    def _embed(self, sequences: list[Sequence[int]], type_ids: list[Sequence[int]] | None) -> FloatArray:
        """The normalized sum of word, position and type embeddings: (hidden, tokens)."""
        rows = self._words[np.concatenate(sequences)]
        rows += self._types[0] if type_ids is None else self._types[np.concatenate(type_ids)]
        rows += np.concatenate([self._positions[: len(ids)] for ids in sequences])
        x = np.ascontiguousarray(rows.T)
        self._embeddings_norm.norm(x, self.config.layer_norm_eps)
        return x

    def _groups(self, lengths: list[int], qkv: FloatArray, context: FloatArray) -> Iterator[list[FloatArray]]:
        """Views of queries, keys, values and context for each run of equal lengths: (B, heads, features, T)."""
        heads = self.config.num_attention_heads
        start = first = 0
        while first < len(lengths):
            length = lengths[first]
            count = 1
            while first + count < len(lengths) and lengths[first + count] == length:
                count += 1
            stop = start + count * length
            yield [
                array[:, start:stop].reshape(heads, -1, count, length).transpose(2, 0, 1, 3)
                for array in (*qkv, context)
            ]
            start, first = stop, first + count


def _attend(query: FloatArray, key: FloatArray, value: FloatArray, context: FloatArray) -> None:
    """Scaled dot-product attention, each array (B, heads, features, T) and the queries scaled already."""
    scores = key.swapaxes(2, 3) @ query  # (B, heads, T keys, T queries)
    ops.softmax(scores)
    np.matmul(value, scores, out=context)


def _passes(lengths: list[int]) -> Iterator[list[int]]:
    """Indices of the sequences, longest first, in lists of at most PASS_TOKENS tokens or of one sequence."""
    chosen: list[int] = []
    tokens = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if chosen and tokens + lengths[index] > PASS_TOKENS:
            yield chosen
            chosen, tokens = [], 0
        chosen.append(index)
        tokens += lengths[index]
    if chosen:
        yield chosen


def _check_ids(what: str, ids: Sequence[int], rows: int) -> None:
    for found in (min(ids), max(ids)):
        if not 0 <= found < rows:
            raise EncoderfileError(
                f"{what} {found} has no embedding, the model has {rows}: its tokenizer belongs to another model"
            )
