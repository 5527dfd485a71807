"""Pooling, classification and the responses of a model, with weights made here and a tokenizer of one token a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from encoderfile_runtime import tasks
from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors, head_tensors
from encoderfile_runtime.errors import EncoderfileError, ModelError, UsageError
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.model import Model
from encoderfile_runtime.tasks import results
from encoderfile_runtime.tasks.decimals import shortest
from encoderfile_runtime.tokenizer import Encoding, Tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENCODER = EncoderConfig("bert", 50, 8, 1, 2, 12, 8, 2, "gelu", 1e-12, "")
STATES = [np.array([[1, -2], [3, 4], [5, 1]], np.float32), np.array([[-3, 4]], np.float32)]
NO_WEIGHTS: dict[str, NDArray[np.float32]] = {}
CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class Words:
    """A tokenizer of one token a word, whose id is its length, between two special ones; it cuts at 6."""

    type_id = 0

    @property
    def typed(self) -> bool:
        return self.type_id != 0

    def encode(self, text: str) -> Encoding:
        words = [(match.group(), match.span()) for match in re.finditer(r"\S+", text)]
        kept = words[:6]
        return Encoding(
            ids=[1, *(len(word) for word, _ in kept), 2],
            type_ids=[self.type_id] * (len(kept) + 2),
            tokens=["[CLS]", *(word for word, _ in kept), "[SEP]"],
            offsets=[(0, 0), *(span for _, span in kept), (0, 0)],
            special=[True, *(False for _ in kept), True],
            cut=len(words) - len(kept),
        )

    def encode_ids(self, text: str) -> tuple[list[int], int]:
        encoding = self.encode(text)
        return encoding.ids, encoding.cut


def weights_of(model_type: ModelType, num_labels: int | None) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(3)
    shapes = encoder_tensors(ENCODER) | head_tensors(model_type, ENCODER, num_labels)
    return {name: random.standard_normal(shape, np.float32) for name, shape in shapes.items()}


def config_of(model_type: ModelType, **changes: Any) -> dict[str, Any]:
    labels = 3 if model_type in CLASSIFIERS else None
    config = {
        "model_type": "bert",
        "num_labels": labels,
        "id2label": {"0": "low", "1": "mid", "2": "high"} if labels else None,
        "label2id": None,
        "encoder": ENCODER._asdict(),
        "max_length": 8,
        "pooling": "mean" if model_type is ModelType.SENTENCE_EMBEDDING else None,
        "normalize": False,
    }
    return config | changes


def model_of(model_type: ModelType, **changes: Any) -> Model:
    config = config_of(model_type, **changes)
    weights = weights_of(model_type, config["num_labels"])
    return Model("tiny", model_type, config, cast("Tokenizer", Words()), weights.__getitem__)


def test_normalized_embeddings_have_length_1_and_zero_stays_zero() -> None:
    states = [*STATES, np.zeros((1, 2), np.float32)]
    actual = tasks.pool(states, "cls", normalize=True)
    np.testing.assert_allclose(actual, [[0.2**0.5, -(0.8**0.5)], [-0.6, 0.8], [0, 0]], rtol=1e-6)


def test_pooling_leaves_the_states_as_they_are() -> None:
    states = [np.array([[3, 4]], np.float32)]
    tasks.pool(states, "cls", normalize=True)
    assert states[0].tolist() == [[3, 4]]


@pytest.mark.parametrize("model_type", [ModelType.EMBEDDING, ModelType.SENTENCE_EMBEDDING])
def test_a_model_type_without_a_head_has_none(model_type: ModelType) -> None:
    with pytest.raises(ValueError, match=f"{model_type.label} has no classification head"):
        tasks.Head(model_type, ENCODER, NO_WEIGHTS.__getitem__)


def test_sentence_embedding_response() -> None:
    model = model_of(ModelType.SENTENCE_EMBEDDING)
    texts = ["one two", "three"]
    response = model.infer(texts)
    assert response == {
        "results": [{"embedding": shortest(vector)} for vector in model.embed(texts)],
        "model_id": "tiny",
        "metadata": {},
    }


def test_embeddings_are_pooled_and_normalized_as_the_config_says() -> None:
    texts = ["one two", "three"]
    plain = model_of(ModelType.SENTENCE_EMBEDDING, pooling="cls").embed(texts)
    unit = model_of(ModelType.SENTENCE_EMBEDDING, pooling="cls", normalize=True).embed(texts)
    assert plain.shape == (2, ENCODER.hidden_size)
    np.testing.assert_allclose(unit, plain / np.linalg.norm(plain, axis=1, keepdims=True), rtol=0, atol=1e-6)


def test_embeddings_heed_a_tokenizer_that_gives_a_lone_text_type_1(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["one two", "three"]
    plain = model_of(ModelType.SENTENCE_EMBEDDING).embed(texts)
    monkeypatch.setattr(Words, "type_id", 1)
    model = model_of(ModelType.SENTENCE_EMBEDDING)
    typed = model.embed(texts)
    assert not np.allclose(typed, plain)
    assert model.infer(texts)["results"] == [{"embedding": shortest(vector)} for vector in typed]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    message = "the model gives NaN or infinity: its weights hold them, or numbers too large; get others"
    with pytest.raises(EncoderfileError, match=message):
        results.refuse_infinite(np.array([[0, 1], [number, 2]], np.float32))


def test_no_numbers_are_finite_ones() -> None:
    results.refuse_infinite(np.empty((0, 3), np.float32))


def test_embedding_response_has_each_token_that_is_not_special_with_byte_offsets() -> None:
    (result,) = model_of(ModelType.EMBEDDING).infer(["héé 東京 x"])["results"]
    assert [item["token_info"] for item in result["embeddings"]] == [
        {"token": "héé", "token_id": 3, "start": 0, "end": 5},
        {"token": "東京", "token_id": 2, "start": 6, "end": 12},
        {"token": "x", "token_id": 1, "start": 13, "end": 14},
    ]
    assert {len(item["embedding"]) for item in result["embeddings"]} == {ENCODER.hidden_size}


def test_sequence_classification_response_gives_logits_as_scores() -> None:
    (result,) = model_of(ModelType.SEQUENCE_CLASSIFICATION).infer(["one two"])["results"]
    best = int(np.argmax(result["logits"]))
    assert result == {
        "logits": result["logits"],
        "scores": result["logits"],
        "predicted_index": best,
        "predicted_label": ["low", "mid", "high"][best],
    }


@pytest.mark.parametrize(
    ("logits", "labels", "index", "label"),
    [
        pytest.param([1, 2, 2], {1: "b"}, 1, "b", id="first-of-equals"),
        pytest.param([3, 2, 2], {}, 0, None, id="no-labels"),
    ],
)
def test_the_prediction_is_the_first_maximum(
    logits: list[float], labels: dict[int, str], index: int, label: str | None
) -> None:
    result = results.sequence_classification(np.array(logits, np.float32), labels)
    assert (result["predicted_index"], result["predicted_label"]) == (index, label)


def test_token_classification_response() -> None:
    (result,) = model_of(ModelType.TOKEN_CLASSIFICATION).infer(["é two"])["results"]
    assert [item["token_info"]["token"] for item in result["tokens"]] == ["é", "two"]
    for item in result["tokens"]:
        best = int(np.argmax(item["scores"]))
        assert (item["label"], item["score"]) == (["low", "mid", "high"][best], item["scores"][best])


def test_a_token_class_without_a_name_is_named_as_transformers_does() -> None:
    (result,) = model_of(ModelType.TOKEN_CLASSIFICATION, id2label=None).infer(["one"])["results"]
    best = int(np.argmax(result["tokens"][0]["scores"]))
    assert result["tokens"][0]["label"] == f"LABEL_{best}"


@pytest.mark.parametrize("model_type", [ModelType.EMBEDDING, ModelType.TOKEN_CLASSIFICATION])
def test_a_text_of_special_tokens_alone_has_no_tokens(model_type: ModelType) -> None:
    (result,) = model_of(model_type).infer([" "])["results"]
    assert list(result.values()) == [[]]


def test_encodings_say_how_many_tokens_were_cut_and_can_be_run() -> None:
    model = model_of(ModelType.SENTENCE_EMBEDDING)
    texts = ["a b c d e f g h", "a"]
    encodings = model.tokenize(texts)
    assert [encoding.cut for encoding in encodings] == [2, 0]
    assert model.run(encodings, texts) == model.infer(texts)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        pytest.param([], "Cannot tokenize empty string: no text was given", id="no-text"),
        pytest.param(["a", ""], "Cannot tokenize empty string: text 2 of 2 is empty", id="one-of-two"),
    ],
)
def test_an_empty_text_refuses_the_whole_batch(texts: list[str], message: str) -> None:
    model = model_of(ModelType.SENTENCE_EMBEDDING)
    for method in (model.infer, model.embed, model.tokenize):
        with pytest.raises(EncoderfileError, match=message):
            method(texts)


def test_embed_needs_a_sentence_embedding_model() -> None:
    with pytest.raises(UsageError, match="tiny: expected a model for sentence_embedding, found embedding"):
        model_of(ModelType.EMBEDDING).embed(["a"])


@pytest.mark.parametrize(
    ("model_type", "changes", "fault"),
    [
        pytest.param("image_classification", {}, "image_classification is not supported", id="images"),
        pytest.param("embedding", {"encoder": None}, "encoder: expected an object, found None", id="no-encoder"),
        pytest.param("embedding", {"encoder": {}}, "architecture: missing", id="empty-encoder"),
        pytest.param(
            "sentence_embedding", {"pooling": "median"}, "expected one of cls, .* found 'median'", id="pooling"
        ),
        pytest.param("sentence_embedding", {"pooling": ["mean"]}, r"found \['mean'\]", id="pooling-list"),
        pytest.param(
            "sentence_embedding", {"normalize": 1}, "normalize: expected true or false, found 1", id="normalize"
        ),
        pytest.param("sequence_classification", {"num_labels": -1}, "num_labels: .* found -1", id="negative-labels"),
        pytest.param("sequence_classification", {"num_labels": True}, "num_labels: .* found True", id="boolean-labels"),
        pytest.param("embedding", {"id2label": {"x": "a"}}, "id2label: expected null or class numbers", id="label-key"),
        pytest.param(
            "embedding", {"id2label": {"0": 1}}, "id2label: expected null or class numbers", id="label-number"
        ),
        pytest.param("embedding", {"id2label": ["a"]}, "id2label: expected null or class numbers", id="label-list"),
    ],
)
def test_a_model_config_that_cannot_be_is_refused(model_type: str, changes: dict[str, Any], fault: str) -> None:
    kind = ModelType.from_label(model_type)
    with pytest.raises(ModelError, match=fault):
        Model("tiny", kind, config_of(kind, **changes), cast("Tokenizer", Words()), NO_WEIGHTS.__getitem__)


def test_weights_of_another_shape_are_refused_all_at_once() -> None:
    weights = weights_of(ModelType.SEQUENCE_CLASSIFICATION, 3)
    weights["classifier.bias"] = np.zeros(1, np.float32)
    weights["pooler.dense.weight"] = weights["pooler.dense.weight"].reshape(-1)
    config = config_of(ModelType.SEQUENCE_CLASSIFICATION)
    with pytest.raises(ModelError) as caught:
        Model("tiny", ModelType.SEQUENCE_CLASSIFICATION, config, cast("Tokenizer", Words()), weights.__getitem__)
    assert caught.value.faults == (
        "pooler.dense.weight: expected shape [8, 8], found [64]",
        "classifier.bias: expected shape [3], found [1]",
    )
