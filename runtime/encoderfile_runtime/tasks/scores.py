"""From logits to scores, by the function that transformers' text classification pipeline chooses for a classifier's config.

Scores are token-major, (n, labels), one row a text or a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from encoderfile_runtime.activations import MODULE_ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from encoderfile_runtime.activations import FloatArray


class Label(NamedTuple):
    """A class and its score."""

    label: str
    score: float


def scores(logits: FloatArray, config: Mapping[str, Any]) -> FloatArray:
    """Scores (n, labels) of logits (n, labels).

    A regression's logits are its values. Where several labels may hold, or there is only one, each has a sigmoid of its own;
    else the labels exclude each other, and the scores of a row are their softmax, which sums to 1. A cross-encoder's own
    activation comes first; the identity, which is what sentence-transformers writes where nobody chose, is none.
    """
    own = config.get("score_activation")
    if own not in (None, "identity"):
        return activated(logits, own)
    problem = config.get("problem_type")
    if problem == "regression":
        return logits
    if problem == "multi_label_classification" or logits.shape[-1] == 1:
        return sigmoid(logits)
    return softmax(logits)


def activated(logits: FloatArray, name: str) -> FloatArray:
    """Logits (n, labels) after the activation of that name, (n, labels)."""
    if name in _OVER_LABELS:
        return _OVER_LABELS[name](logits)
    if name == "identity":
        return logits
    values = np.array(logits, np.float32, order="C")
    MODULE_ACTIVATIONS[name](values)
    return values


def sigmoid(x: FloatArray) -> FloatArray:
    """1 / (1 + e⁻ˣ) as (1 + tanh(x/2)) / 2, in which nothing overflows for a large negative x."""
    y: FloatArray = np.tanh(x * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return y


def softmax(x: FloatArray) -> FloatArray:
    """eˣ / Σ eˣ over the last axis, for an array of any shape."""
    # The maximum is subtracted, which changes nothing in the quotient and keeps the exponentials from overflowing.
    powers: FloatArray = np.exp(x - x.max(axis=-1, keepdims=True))  # (…, labels) - (…, 1)
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


_OVER_LABELS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "log_softmax": lambda x: x - np.logaddexp.reduce(x, axis=-1, keepdims=True),
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softmin": lambda x: softmax(-x),
}
SCORE_ACTIVATIONS = ("identity", *_OVER_LABELS, *MODULE_ACTIVATIONS)
"""What `score_activation` of a model_config may be."""


def ranked(row: FloatArray, labels: Mapping[int, str]) -> list[Label]:
    """The classes of a text with their scores, from a row (labels,): the highest first, equal ones in their order."""
    order = np.argsort(-row, kind="stable")
    return [Label(labels.get(index, f"LABEL_{index}"), float(row[index])) for index in order.tolist()]
