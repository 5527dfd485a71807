"""Classification heads: from hidden states to logits, as transformers' `…ForSequenceClassification` and `…ForTokenClassification`.

Unlike the encoder, a head is token-major, (n, features): it reads one state a text, or one a token, and few features more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime import activations as ops
from encoderfile_runtime.architectures import head_names
from encoderfile_runtime.encoder.norms import LayerNorm

from .sentences import POOLINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.architectures import EncoderConfig
    from encoderfile_runtime.format.model_type import ModelType


class Head:
    """A classification head over hidden states or, for sequences, over one state that stands for all."""

    def __init__(self, model_type: ModelType, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights from `tensor`; ValueError where the model type has no head."""
        names = head_names(model_type, config)
        if names is None:
            raise ValueError(f"{model_type.label} has no classification head")

        def affine(module: str, *, biased: bool = True) -> tuple[FloatArray, FloatArray | None]:
            # (out, in) and (out,)
            return tensor(f"{module}.weight"), tensor(f"{module}.bias") if biased else None

        self._dense = affine(names.dense, biased=names.dense_bias) if names.dense else None
        self._norm = LayerNorm(tensor(f"{names.norm}.weight"), None, config.layer_norm_eps) if names.norm else None
        self._activation = ops.ACTIVATIONS[names.activation]
        self._output = affine(names.output)
        self._pooling = config.classifier_pooling

    def logits(self, states: FloatArray) -> FloatArray:
        """Logits (n, labels) of states (n, hidden), of texts or of tokens."""
        if self._dense is not None:
            states = ops.linear(states, *self._dense)  # (n, hidden)
            self._activation(states)  # in place: `linear` made a new array
        if self._norm is not None:
            x = np.ascontiguousarray(states.T)  # (hidden, n), as the norm wants it
            self._norm(x, np.empty_like(x), np.ones((2, x.shape[1]), np.float32), x)
            states = x.T  # (n, hidden)
        return ops.linear(states, *self._output)  # (n, labels)

    def token_logits(self, states: Sequence[FloatArray]) -> list[FloatArray]:
        """The logits of each token, one (tokens, labels) array a text."""
        return [self.logits(state) for state in states]

    def sequence_logits(self, states: Sequence[FloatArray]) -> FloatArray:
        """The logits of each text, (texts, labels)."""
        pooled = np.stack([POOLINGS[self._pooling](state) for state in states])  # (texts, hidden)
        return self.logits(pooled)
