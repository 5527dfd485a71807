"""A query and its documents, with a model that gives the numbers it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks.ranking import Query
from encoderfile_runtime.tokenizer import Encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.activations import FloatArray

ROWS = {"query": [3, 4], "same": [6, 8], "across": [-4, 3], "against": [-3, -4], "nothing": [0, 0]}
LOGITS = {"low": [-2], "none": [0], "high": [2]}


class Told:
    """A model whose vectors are told, and which tells how it was called."""

    name = "told"

    def __init__(self, model_type: ModelType, rows: dict[str, list[int]], labels: int = 1, **config: Any) -> None:
        self.model_type = model_type
        self.config = config
        self.labels = dict.fromkeys(range(labels), "")
        self.rows = rows
        self.tokenized: list[tuple[list[str | tuple[str, str]], str | None, bool]] = []
        self.threads: list[int] = []

    def tokenize(
        self, texts: Sequence[str | tuple[str, str]], *, prompt: str | None = None, bare: bool = False
    ) -> list[Encoding]:
        self.tokenized.append((list(texts), prompt, bare))
        last = [text if isinstance(text, str) else text[1] for text in texts]
        return [Encoding([1], [0], [text], [(0, 0)], [False], len(text)) for text in last]

    def vectors(self, encodings: Sequence[Encoding], *, threads: int = 1) -> FloatArray:
        self.threads.append(threads)
        return np.array([self.rows[encoding.tokens[0]] for encoding in encodings], np.float32)


def bi_encoder(**config: Any) -> Told:
    return Told(ModelType.SENTENCE_EMBEDDING, ROWS, **config)


def cross_encoder(**config: Any) -> Told:
    return Told(ModelType.SEQUENCE_CLASSIFICATION, LOGITS, **config)


def test_a_bi_encoder_scores_by_the_cosine_of_vectors_of_any_length() -> None:
    model = bi_encoder()
    query = Query(model, "query")

    scores = query.scores(query.tokenize(["same", "across", "against", "nothing"]), threads=3)

    np.testing.assert_allclose(scores, [1, 0, -1, 0], atol=1e-6)
    assert query.cut == len("query")
    assert model.threads == [1, 3]


@pytest.mark.parametrize(
    ("prompts", "of_query", "of_documents"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param({}, None, None, id="empty"),
        pytest.param({"other": "o: "}, None, None, id="another"),
        pytest.param({"query": "q: "}, "query", None, id="query"),
        pytest.param({"passage": "p: "}, None, "passage", id="passage"),
        pytest.param({"passage": "p: ", "document": "d: ", "query": "q: "}, "query", "document", id="all"),
    ],
)
def test_prompts_are_those_of_the_model_and_no_other(
    prompts: dict[str, str] | None, of_query: str | None, of_documents: str | None
) -> None:
    model = bi_encoder(prompts=prompts)

    Query(model, "query").tokenize(["same"])

    assert model.tokenized == [(["query"], of_query, True), (["same"], of_documents, True)]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({}, [1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2))], id="sigmoid"),
        pytest.param({"score_activation": "sigmoid"}, [1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2))], id="named"),
        pytest.param({"score_activation": "identity"}, [-2, 0, 2], id="identity"),
    ],
)
def test_a_cross_encoder_scores_pairs_by_the_activation_of_its_config(
    config: dict[str, str], expected: list[float]
) -> None:
    model = cross_encoder(**config)
    query = Query(model, "query")

    scores = query.scores(query.tokenize(["low", "none", "high"]))

    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert query.cut == 0
    assert model.threads == [1]
    assert model.tokenized == [([("query", "low"), ("query", "none"), ("query", "high")], None, False)]


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(Told(ModelType.SEQUENCE_CLASSIFICATION, LOGITS, labels=2), id="two-labels"),
        pytest.param(Told(ModelType.EMBEDDING, ROWS), id="embedding"),
        pytest.param(Told(ModelType.TOKEN_CLASSIFICATION, LOGITS), id="tokens"),
    ],
)
def test_another_model_ranks_nothing(model: Told) -> None:
    with pytest.raises(UsageError, match=r"^told: ranks nothing: expected sentence embeddings or a classifier of one"):
        Query(model, "query")
