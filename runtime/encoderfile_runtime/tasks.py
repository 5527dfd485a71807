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
    """A classification head over hidden states or, for sequences, over the state of the first token."""

    def __init__(self, model_type: ModelType, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights from `tensor`; ValueError where the model type has no head."""
        names = head_names(model_type, config)
        if names is None:
            raise ValueError(f"{model_type.label} has no classification head")
        self._dense = None
        if names.dense is not None:
            self._dense = tensor(f"{names.dense}.weight"), tensor(f"{names.dense}.bias")
        self._activation = ops.ACTIVATIONS[names.activation]
        self._output = tensor(f"{names.output}.weight"), tensor(f"{names.output}.bias")

    def logits(self, states: FloatArray) -> FloatArray:
        """(n, hidden) to (n, labels)."""
        if self._dense is not None:
            weight, bias = self._dense
            states = states @ weight.T + bias
            self._activation(states)
        weight, bias = self._output
        logits: FloatArray = states @ weight.T + bias
        return logits

    def token_logits(self, states: Sequence[FloatArray]) -> list[FloatArray]:
        """The logits of each token, one (tokens, labels) array a text."""
        return [self.logits(state) for state in states]

    def sequence_logits(self, states: Sequence[FloatArray]) -> FloatArray:
        """The logits of each text, (texts, labels)."""
        return self.logits(np.stack([state[0] for state in states]))
