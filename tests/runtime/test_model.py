"""The library: load, encode, classify, entities, rank, tokenize, with tiny models that the front end built."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

import encoderfile_runtime
from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from encoderfile_runtime.model import Model

TEXTS = ["one text", "the model runs", "a file"]


def make(root: Path, model_type: str = "sentence_embedding", labels: int = 0, **config: Any) -> Model:
    write_repo(root, model_type=model_type)
    if labels:
        names = {str(index): name for index, name in enumerate(["O", "B-X", "I-X"][:labels])}
        write_json(root / "model" / "config.json", CONFIG | {"id2label": names} | config)
        random = np.random.default_rng(8)
        shapes = {"bert.pooler.dense.weight": (16, 16), "bert.pooler.dense.bias": (16,)}
        shapes |= {"classifier.weight": (labels, 16), "classifier.bias": (labels,)}
        head = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
        write_safetensors(root / "model" / "model.safetensors", tensors("bert.") | head)
    [spec] = read_spec(root / "pyproject.toml")
    return encoderfile_runtime.load(build(spec, target="portable").path)


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make(tmp_path_factory.mktemp("embedder"))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make(tmp_path_factory.mktemp("classifier"), "sequence_classification", 3)


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make(tmp_path_factory.mktemp("cross"), "sequence_classification", 1)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make(tmp_path_factory.mktemp("tagger"), "token_classification", 3)


def test_encode_gives_float32_vectors(embedder: Model) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.dtype.name == "float32"
    assert vectors.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(vectors, embedder.embed(TEXTS))
    np.testing.assert_allclose(embedder.encode(TEXTS, threads=2), vectors, atol=1e-6)


def test_dimensions_are_cut_and_normalized(embedder: Model) -> None:
    cut = embedder.encode(TEXTS)[:, :4]
    expected = cut / np.linalg.norm(cut, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder.encode(TEXTS, dimensions=4), expected, atol=1e-6)


def test_an_unknown_prompt_is_refused(embedder: Model) -> None:
    with pytest.raises(UsageError, match="tiny: has no prompt 'query'; its prompts: none"):
        embedder.encode(TEXTS, prompt="query")


def test_rank_by_embeddings_is_by_cosine(embedder: Model) -> None:
    vectors = embedder.encode([*TEXTS, "one text"])
    cosines = vectors[:3] @ vectors[3]
    found = embedder.rank("one text", TEXTS)
    assert [item.document for item in found] == np.argsort(-cosines, kind="stable").tolist()
    assert found[0].document == 0
    assert found[0].score == pytest.approx(1, abs=1e-6)
    assert embedder.rank("one text", TEXTS, top=1) == found[:1]


def test_rank_by_a_cross_encoder_is_by_its_score_of_the_pair(cross_encoder: Model) -> None:
    found = cross_encoder.rank("one text", TEXTS)
    scores = [labels[0].score for labels in cross_encoder.classify([("one text", text) for text in TEXTS])]
    assert [item.document for item in found] == np.argsort(-np.array(scores), kind="stable").tolist()
    assert [item.score for item in found] == [scores[item.document] for item in found]


def test_the_second_text_of_a_pair_has_types_of_its_own(classifier: Model) -> None:
    [encoding] = classifier.tokenize([("one", "text")])
    assert encoding.tokens == ["[CLS]", "one", "[SEP]", "text", "[SEP]"]
    assert encoding.type_ids == [0, 0, 0, 1, 1]
    assert classifier.classify([("one", "text")]) != classifier.classify(["one text"])


def test_classify_gives_all_labels_by_probability(classifier: Model) -> None:
    [labels] = classifier.classify(["one text"])
    logits = np.array(classifier.infer(["one text"])["results"][0]["logits"])
    probabilities = np.exp(logits) / np.exp(logits).sum()
    assert {item.label: pytest.approx(item.score, abs=1e-6) for item in labels} == dict(
        zip(["O", "B-X", "I-X"], probabilities, strict=True)
    )
    assert [item.score for item in labels] == sorted((item.score for item in labels), reverse=True)
    assert classifier.classify(["one text"], top=1) == [labels[:1]]


def test_entities_name_parts_of_the_text(tagger: Model) -> None:
    for text, found in zip(TEXTS, tagger.entities(TEXTS), strict=True):
        for item in found:
            assert (item.label, item.text) == ("X", text[item.start : item.end])


def test_offsets_are_bytes_or_characters(tagger: Model) -> None:
    texts = ["é one"]
    encodings = tagger.tokenize(texts)
    places = {
        unit: [
            item["token_info"]["start"] for item in tagger.run(encodings, texts, offsets=unit)["results"][0]["tokens"]
        ]
        for unit in ("bytes", "characters")
    }
    assert places == {"bytes": [0, 3], "characters": [0, 2]}
    with pytest.raises(UsageError, match="offsets: expected bytes or characters, found 'words'"):
        tagger.run(encodings, texts, offsets="words")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.encode(TEXTS), "expected a model for sentence_embedding, found token_classification"),
        (lambda m: m.classify(TEXTS), "expected a model for sequence_classification, found token_classification"),
        (lambda m: m.rank("a", TEXTS), "ranks nothing"),
        (lambda m: m.tokenize([("a", "")]), "text 1 of 1 is empty"),
    ],
)
def test_what_a_model_cannot_do_is_said(tagger: Model, call: Any, message: str) -> None:
    with pytest.raises(EncoderfileError, match=message):
        call(tagger)


def test_entities_need_a_token_classifier(classifier: Model) -> None:
    with pytest.raises(UsageError, match="expected a model for token_classification"):
        classifier.entities(TEXTS)


def test_a_model_is_pickled_by_its_path(embedder: Model) -> None:
    data = pickle.dumps(embedder)
    assert len(data) < 1000
    again = pickle.loads(data)  # noqa: S301 - our own
    assert np.array_equal(again.encode(TEXTS), embedder.encode(TEXTS))


def test_a_model_without_a_path_is_not_pickled(embedder: Model) -> None:
    loose = copy.copy(embedder)
    loose.path = None
    with pytest.raises(TypeError, match="was put together in memory"):
        pickle.dumps(loose)


def test_importing_the_package_imports_no_numpy() -> None:
    code = "import sys, encoderfile_runtime; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'save'"):
        _ = encoderfile_runtime.save
