"""Documents ranked by how well they fit a query (Reimers and Gurevych 2019 compare the two ways).

A bi-encoder makes an embedding of each text alone, and the score is how alike the query's and the document's are. A
cross-encoder, a sequence classifier with one label, reads query and document together, and the score is its output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.model_type import ModelType

from .scores import activated
from .similarities import similarity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.tokenizer import Encoding


class Ranked(NamedTuple):
    """A document's place in a ranking: its index among them, and how well it fits the query."""

    document: int
    score: float


class Ranker(Protocol):
    """What a ranking needs of a model."""

    name: str
    model_type: ModelType

    @property
    def config(self) -> Mapping[str, Any]:
        """The model_config artifact."""
        ...

    @property
    def labels(self) -> Mapping[int, str]:
        """Names of the classes by index."""
        ...

    def tokenize(
        self, texts: Sequence[str | tuple[str, str]], *, prompt: str | None = None, bare: bool = False
    ) -> list[Encoding]:
        """One encoding a text or pair of texts."""
        ...

    def vectors(self, encodings: Sequence[Encoding], *, threads: int = 1) -> FloatArray:
        """One row of numbers for each encoding."""
        ...


class Query:
    """A query, encoded once for a bi-encoder, and kept as text for a cross-encoder, which reads it with each document.

    Attributes:
        cut: how many tokens truncation removed from the query; 0 for a cross-encoder, which truncates each pair.
    """

    def __init__(self, model: Ranker, query: str) -> None:
        """Encode the query if the model is a bi-encoder.

        Raises:
            UsageError: the model is neither a bi-encoder nor a cross-encoder.
        """
        self._model = model
        self._query = query
        self._vector: FloatArray | None = None
        self._prompt: str | None = None
        self.cut = 0
        if model.model_type is ModelType.SENTENCE_EMBEDDING:
            prompts = model.config.get("prompts") or {}
            self._prompt = next((name for name in ("document", "passage") if name in prompts), None)
            encodings = model.tokenize([query], prompt="query" if "query" in prompts else None, bare=True)
            self.cut = encodings[0].cut
            self._vector = model.vectors(encodings)[0]  # (1, dimensions) -> (dimensions,)
        elif model.model_type is not ModelType.SEQUENCE_CLASSIFICATION or len(model.labels) > 1:
            raise UsageError(f"{model.name}: ranks nothing: expected sentence embeddings or a classifier of one label")

    def tokenize(self, documents: Sequence[str]) -> list[Encoding]:
        """Documents as `scores` takes them."""
        if self._vector is None:
            return self._model.tokenize([(self._query, document) for document in documents])
        return self._model.tokenize(documents, prompt=self._prompt, bare=True)

    def scores(self, encodings: Sequence[Encoding], *, threads: int = 1) -> FloatArray:
        """The score of each document, (documents,): its similarity or, for a cross-encoder, a sigmoid unless its config says not."""
        rows = self._model.vectors(encodings, threads=threads)  # (documents, dimensions), or (documents, 1)
        if self._vector is not None:
            return similarity(self._model.config, rows, self._vector)
        scores: FloatArray = activated(rows, self._model.config.get("score_activation") or "sigmoid")[
            :, 0
        ]  # (documents,)
        return scores


def best(scores: FloatArray) -> list[Ranked]:
    """All documents, the highest score first; documents of equal score stay in their order."""
    order = np.argsort(-scores, kind="stable")
    return [Ranked(index, float(scores[index])) for index in order.tolist()]
