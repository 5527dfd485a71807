"""What is computed from hidden states: pooled sentence embeddings and classification logits.

Hidden states come as one (tokens, hidden) array a text, special tokens included.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import ops
from .architectures import head_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .architectures import EncoderConfig
    from .model_type import ModelType
    from .ops import FloatArray


POOLINGS: dict[str, Callable[[FloatArray], Any]] = {
    "cls": lambda states: states[0],
    "max": lambda states: states.max(axis=0),
    "mean": lambda states: states.mean(axis=0),
    "mean_sqrt_len": lambda states: states.sum(axis=0) / math.sqrt(len(states)),
}
"""Pooling modes of sentence-transformers, (tokens, hidden) to (hidden,). Special tokens count, as they do there."""


def pool(states: Sequence[FloatArray], pooling: str, *, normalize: bool) -> FloatArray:
    """One vector a text, (texts, hidden), of Euclidean length 1 when normalized."""
    pooled = np.stack([POOLINGS[pooling](state) for state in states])
    if normalize:
        lengths = np.sqrt(np.einsum("ij,ij->i", pooled, pooled))
        pooled /= np.maximum(lengths, 1e-12)[:, None]
    return pooled


class Head:
    """A classification head over hidden states or, for sequences, over one state that stands for all."""

    def __init__(self, model_type: ModelType, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights from `tensor`; ValueError where the model type has no head."""
        names = head_names(model_type, config)
        if names is None:
            raise ValueError(f"{model_type.label} has no classification head")

        def affine(module: str, *, biased: bool = True) -> tuple[FloatArray, FloatArray | None]:
            return tensor(f"{module}.weight"), tensor(f"{module}.bias") if biased else None

        self._dense = affine(names.dense, biased=names.dense_bias) if names.dense else None
        self._norm = tensor(f"{names.norm}.weight")[:, None] if names.norm else None
        self._epsilon = config.layer_norm_eps
        self._activation = ops.ACTIVATIONS[names.activation]
        self._output = affine(names.output)
        self._pooling = config.classifier_pooling

    def logits(self, states: FloatArray) -> FloatArray:
        """(n, hidden) to (n, labels)."""
        if self._dense is not None:
            states = _linear(states, *self._dense)
            self._activation(states)
        if self._norm is not None:
            x = np.ascontiguousarray(states.T)
            ops.layer_norm(x, self._norm, None, self._epsilon, np.empty_like(x), x)
            states = x.T
        return _linear(states, *self._output)

    def token_logits(self, states: Sequence[FloatArray]) -> list[FloatArray]:
        """The logits of each token, one (tokens, labels) array a text."""
        return [self.logits(state) for state in states]

    def sequence_logits(self, states: Sequence[FloatArray]) -> FloatArray:
        """The logits of each text, (texts, labels)."""
        return self.logits(np.stack([POOLINGS[self._pooling](state) for state in states]))


def _linear(x: FloatArray, weight: FloatArray, bias: FloatArray | None) -> FloatArray:
    """Token-major: (n, in) to (n, out), C-contiguous."""
    y: FloatArray = x @ weight.T
    return y if bias is None else y + bias
