"""Sentence embeddings: pooling modes, dense layers, Matryoshka dimensions, prompts; scores of classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.tasks import SentenceEmbedding, sentences
from encoderfile_runtime.tasks.ranking import best
from encoderfile_runtime.tasks.scores import Label, ranked, scores, sigmoid, softmax
from encoderfile_runtime.tasks.sentences import Dense

STATES = [np.array([[1, -2], [3, 4], [5, 1]], np.float32), np.array([[-3, 4]], np.float32)]
LAYER: dict[str, Any] = {"module": "2_Dense", "in_features": 2, "out_features": 3, "bias": True, "activation": "tanh"}
WEIGHTS = {
    "2_Dense.linear.weight": np.array([[1, 0], [0, 1], [1, 1]], np.float32),
    "2_Dense.linear.bias": np.array([0, 1, 0.5], np.float32),
}


def embed(dimensions: int | None = None, **config: Any) -> Any:
    settings = {"pooling": "cls", "normalize": False} | config
    return SentenceEmbedding(settings, 2, WEIGHTS.__getitem__)(STATES, dimensions)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("cls", [[1, -2], [-3, 4]]),
        ("lasttoken", [[5, 1], [-3, 4]]),
        ("max", [[5, 4], [-3, 4]]),
        ("mean", [[3, 1], [-3, 4]]),
        ("mean_sqrt_len", [[9 / 3**0.5, 3 / 3**0.5], [-3, 4]]),
        ("weightedmean", [[(1 + 2 * 3 + 3 * 5) / 6, (-2 + 2 * 4 + 3) / 6], [-3, 4]]),
    ],
)
def test_pooling_modes(pooling: str, expected: list[list[float]]) -> None:
    assert pooling in sentences.POOLINGS
    actual = embed(pooling=pooling)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_dense_layers_come_after_pooling_and_before_normalization() -> None:
    exact = np.tanh(np.array([[1, -1, -0.5], [-3, 5, 1.5]]))
    np.testing.assert_allclose(embed(dense=[LAYER]), exact, atol=1e-6)
    unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(embed(dense=[LAYER], normalize=True), unit, atol=1e-6)
    plain = LAYER | {"activation": "identity", "bias": False}
    np.testing.assert_allclose(embed(dense=[plain]), [[1, -2, -1], [-3, 4, 1]], atol=1e-6)


def test_dimensions_are_the_first_ones_normalized_again() -> None:
    assert embed(1).tolist() == [[1], [-3]]
    assert embed(1, normalize=True).tolist() == [[1], [-1]]
    np.testing.assert_allclose(embed(2, dense=[LAYER]), embed(dense=[LAYER])[:, :2])
    assert embed(2).tolist() == [[1, -2], [-3, 4]]
    np.testing.assert_array_equal(embed(3, dense=[LAYER]), embed(dense=[LAYER]))


@pytest.mark.parametrize("dimensions", [0, -1, 3])
def test_dimensions_that_an_embedding_has_not_are_refused(dimensions: int) -> None:
    with pytest.raises(UsageError, match=f"dimensions: expected a number from 1 to 2, found {dimensions}"):
        embed(dimensions)


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        pytest.param({"dense": [LAYER | {"in_features": 9}]}, "dense: .* is no layer over 2 features", id="width"),
        pytest.param({"dense": [LAYER, LAYER]}, "dense: .* is no layer over 3 features", id="second-width"),
        pytest.param({"dense": [LAYER | {"out_features": 1 << 40}]}, "dense: ", id="huge"),
        pytest.param({"dense": [LAYER | {"activation": "exec"}]}, "dense: ", id="activation"),
        pytest.param({"dense": [LAYER | {"module": 3}]}, "dense: ", id="module"),
        pytest.param({"dense": [{"module": "x"}]}, "dense: ", id="keys"),
        pytest.param({"dense": "2_Dense"}, "dense: '2_Dense' is no layer over 2 features", id="no-list"),
        pytest.param({"prompts": ["a"]}, "prompts: expected names with their texts", id="prompts"),
        pytest.param({"prompts": {"a": 1}}, "prompts: expected names with their texts", id="prompt-no-text"),
        pytest.param({"default_prompt_name": "a"}, "default_prompt_name: 'a' is not among", id="default-prompt"),
    ],
)
def test_settings_that_cannot_be_are_faults(config: dict[str, Any], fault: str) -> None:
    [found] = sentences.faults({"pooling": "mean", "normalize": True} | config, 2)
    assert found.startswith(fault.split(".*", maxsplit=1)[0])
    assert found.endswith(fault.rsplit(".*", maxsplit=1)[-1]) or ".*" not in fault


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        pytest.param({}, True, id="as-it-is"),
        pytest.param({"in_features": 1, "out_features": 1}, True, id="smallest"),
        pytest.param({"out_features": 0}, False, id="zero"),
        pytest.param({"out_features": (1 << 31) - 1}, True, id="largest"),
        pytest.param({"out_features": 1 << 31}, False, id="too-large"),
        pytest.param({"in_features": True}, False, id="boolean"),
        pytest.param({"bias": 1}, False, id="bias"),
        pytest.param({"activation": "identity"}, True, id="no-activation"),
        pytest.param({"activation": "IDENTITY"}, False, id="activation-in-capitals"),
        pytest.param({"more": 1}, False, id="another-key"),
    ],
)
def test_a_dense_layer_is_valid_or_none(changes: dict[str, Any], valid: bool) -> None:
    value = LAYER | changes
    assert (Dense(**value) if valid else None) == Dense.read(value)


def test_a_dense_layer_names_its_tensors() -> None:
    weight = {"2_Dense.linear.weight": (3, 2)}
    assert weight | {"2_Dense.linear.bias": (3,)} == Dense(**LAYER).tensors()
    assert weight == Dense(**(LAYER | {"bias": False})).tensors()


def test_pooling_normalizes_only_where_it_is_asked_to() -> None:
    assert sentences.pool(STATES, "cls", normalize=False).tolist() == [[1, -2], [-3, 4]]


def test_a_softmax_is_over_the_last_axis_and_overflows_nowhere() -> None:
    x = np.array([[[1000, 1000, -1000, -1000]], [[0, 0, 0, 0]]], np.float32)
    assert softmax(x).tolist() == [[[0.5, 0.5, 0, 0]], [[0.25] * 4]]
    wide = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    np.testing.assert_allclose(softmax(wide).sum(axis=2), np.ones((2, 2)), rtol=1e-6)


def test_equal_scores_keep_their_order_among_many() -> None:
    row = np.array([index % 3 for index in range(300)], np.float32)
    expected = sorted(range(300), key=lambda index: -row[index])
    assert [item.label for item in ranked(row, {})] == [f"LABEL_{index}" for index in expected]
    assert [item.document for item in best(row)] == expected


LOGITS = np.array([[1, 3, 1]], np.float32)


@pytest.mark.parametrize(
    ("config", "logits", "expected"),
    [
        pytest.param({}, LOGITS, np.exp(LOGITS) / np.exp(LOGITS).sum(), id="softmax"),
        pytest.param(
            {"problem_type": "single_label_classification"}, LOGITS, np.exp(LOGITS) / np.exp(LOGITS).sum(), id="single"
        ),
        pytest.param(
            {"problem_type": "multi_label_classification"}, LOGITS, 1 / (1 + np.exp(-LOGITS)), id="multi-label"
        ),
        pytest.param({"problem_type": "regression"}, LOGITS, LOGITS, id="regression"),
        pytest.param({}, LOGITS[:, :1], 1 / (1 + np.exp(-LOGITS[:, :1])), id="one-label"),
    ],
)
def test_scores_by_problem_type(config: dict[str, str], logits: Any, expected: Any) -> None:
    np.testing.assert_allclose(scores(logits, config), expected, rtol=1e-6)


def test_a_sigmoid_reaches_its_limits() -> None:
    assert sigmoid(np.array([-1e30, 0, 1e30], np.float32)).tolist() == [0, 0.5, 1]


def test_labels_come_by_score_and_equal_ones_in_their_order() -> None:
    assert ranked(LOGITS[0], {0: "low", 1: "high"}) == [Label("high", 3), Label("low", 1), Label("LABEL_2", 1)]
