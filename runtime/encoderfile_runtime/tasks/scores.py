"""From logits to scores: which function a classifier's config asks for, as transformers' pipelines choose it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.activations import FloatArray


class Label(NamedTuple):
    """A class and its score."""

    label: str
    score: float


def scores(logits: FloatArray, config: Mapping[str, Any]) -> FloatArray:
    """Logits (n, labels) as they are for a regression, sigmoids where labels don't exclude each other, else softmax."""
    problem = config.get("problem_type")
    if problem == "regression":
        return logits
    if problem == "multi_label_classification" or logits.shape[-1] == 1:
        return sigmoid(logits)
    return softmax(logits)


def sigmoid(x: FloatArray) -> FloatArray:
    """1 / (1 + e⁻ˣ), by way of tanh, which does not overflow."""
    y: FloatArray = np.tanh(x * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return y


def softmax(x: FloatArray) -> FloatArray:
    """Over the last axis."""
    powers: FloatArray = np.exp(x - x.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def ranked(row: FloatArray, labels: Mapping[int, str]) -> list[Label]:
    """The classes of a text with their scores, the highest first, equal ones in their order."""
    order = np.argsort(-row, kind="stable")
    return [Label(labels.get(index, f"LABEL_{index}"), float(row[index])) for index in order.tolist()]
