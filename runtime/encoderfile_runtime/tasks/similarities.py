"""How alike vectors are, by the functions that a model of sentence-transformers can name in `similarity_fn_name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .sentences import normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from encoderfile_runtime.activations import FloatArray


def _cosine(rows: FloatArray, vector: FloatArray) -> Any:
    # The cosine of vectors of length 1 is their product.
    return normalized(rows) @ normalized(vector[None])[0]


SIMILARITIES: dict[str, Callable[[FloatArray, FloatArray], Any]] = {
    "cosine": _cosine,
    "dot": lambda rows, vector: rows @ vector,
    "euclidean": lambda rows, vector: -np.sqrt(np.square(rows - vector).sum(axis=1)),
    "manhattan": lambda rows, vector: -np.abs(rows - vector).sum(axis=1),
}
"""Rows (n, dimensions) and a vector (dimensions,) to (n,): the higher, the more alike, so distances are negative."""


def similarity(config: Mapping[str, Any], rows: FloatArray, vector: FloatArray) -> FloatArray:
    """How alike each row (n, dimensions) and the vector (dimensions,) are, (n,), by the function that a model_config names."""
    found: FloatArray = SIMILARITIES[config.get("similarity") or "cosine"](rows, vector)
    return found
