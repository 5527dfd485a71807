"""The encoder against transformers and sentence-transformers (tests/fixtures/make_*.py), and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from support.checkpoints import read_safetensors

from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors, head_tensors
from encoderfile_runtime.encoder import PACK_TOKENS, Encoder
from encoderfile_runtime.errors import EncoderfileError, ModelError
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks import Head, pool
from hatch_encoderfile.models.tensors import is_optional

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = sorted(folder.name for folder in (FIXTURES / "bert").iterdir())
HEADS = {
    "sequence_classification": (ModelType.SEQUENCE_CLASSIFICATION, 3),
    "token_classification": (ModelType.TOKEN_CLASSIFICATION, 5),
}


class Case(NamedTuple):
    """A tiny model and what transformers made of its input."""

    config: EncoderConfig
    tensors: dict[str, NDArray[np.float32]]
    ids: list[list[int]]
    type_ids: list[list[int]]
    expected: dict[str, NDArray[np.float32]]

    def encoder(self) -> Encoder:
        return Encoder(self.config, self.tensors.__getitem__)


def read_config(folder: Path, prefix: str = "") -> EncoderConfig:
    settings = json.loads((folder / "config.json").read_text("utf-8"))
    known = {key: settings[key] for key in EncoderConfig._fields if key in settings}
    return EncoderConfig.from_json({"architecture": settings["model_type"], "prefix": prefix, **known})


def read_case(name: str) -> Case:
    folder = FIXTURES / "bert" / name
    given = json.loads((folder / "input.json").read_text("utf-8"))
    with np.load(folder / "expected.npz") as file:
        expected = dict(file)
    config = read_config(folder, "bert." if name in HEADS else "")
    return Case(config, read_safetensors(folder / "model.safetensors"), given["ids"], given["type_ids"], expected)


@pytest.fixture(scope="module")
def base() -> Case:
    return read_case("base")


@pytest.mark.parametrize("name", NAMES)
def test_hidden_states_equal_those_of_transformers(name: str) -> None:
    case = read_case(name)
    states = case.encoder().forward(case.ids, case.type_ids)
    for number, actual in enumerate(states):
        np.testing.assert_allclose(actual, case.expected[f"states_{number}"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_logits_equal_those_of_transformers(name: str) -> None:
    case = read_case(name)
    model_type, _ = HEADS[name]
    head = Head(model_type, case.config, case.tensors.__getitem__)
    states = case.encoder().forward(case.ids, case.type_ids)
    whole = model_type is ModelType.SEQUENCE_CLASSIFICATION
    logits = list(head.sequence_logits(states)) if whole else head.token_logits(states)
    for number, actual in enumerate(logits):
        np.testing.assert_allclose(actual, case.expected[f"logits_{number}"], rtol=0, atol=1e-5)


@pytest.mark.skipif("ENCODERFILE_TEST_MODEL" not in os.environ, reason="needs a directory of all-MiniLM-L6-v2")
def test_sentence_embeddings_equal_those_of_sentence_transformers() -> None:
    folder = Path(os.environ["ENCODERFILE_TEST_MODEL"])
    tensors = read_safetensors(folder / "model.safetensors")
    cases = json.loads((FIXTURES / "minilm_expected.json").read_text("utf-8"))
    states = Encoder(read_config(folder), tensors.__getitem__).forward([case["ids"] for case in cases])
    actual = pool(states, "mean", normalize=True)
    np.testing.assert_allclose(actual, [case["embedding"] for case in cases], rtol=0, atol=1e-5)


def test_type_ids_are_0_when_there_are_none(base: Case) -> None:
    encoder = base.encoder()
    zeros = [[0] * len(ids) for ids in base.ids]
    for with_zeros, without in zip(encoder.forward(base.ids, zeros), encoder.forward(base.ids), strict=True):
        assert np.array_equal(with_zeros, without)


def test_a_sequence_means_the_same_alone_and_among_many_others(base: Case) -> None:
    random = np.random.default_rng(2)
    encoder = base.encoder()
    sequences: list[list[int]] = [
        random.integers(0, base.config.vocab_size, length).tolist() for length in random.integers(1, 17, 200)
    ]
    assert sum(map(len, sequences)) > 2 * PACK_TOKENS
    together = encoder.forward(sequences)
    for ids, states in zip(sequences, together, strict=True):
        np.testing.assert_allclose(states, encoder.forward([ids])[0], rtol=0, atol=1e-5)


def test_no_sequence_has_no_states(base: Case) -> None:
    assert base.encoder().forward([]) == []


def test_after_linear_is_called_for_each_linear_layer(base: Case) -> None:
    calls: list[int] = []
    encoder = base.encoder()
    encoder.after_linear = lambda: calls.append(1)
    encoder.forward([[1, 2], [3]])
    assert len(calls) == 4 * base.config.num_hidden_layers


def test_weights_are_used_in_place_and_never_written(base: Case) -> None:
    assert not any(array.flags.writeable for array in base.tensors.values())
    encoder = base.encoder()
    embeddings = encoder._embeddings
    used = [embeddings._words, embeddings._positions, embeddings._types]
    for layer in encoder._stack.layers:
        linears = (layer.qkv, layer.attention_output, layer.inner, layer.output)
        used += [part.weight for linear in linears for part in linear.parts]
    assert len(used) == len(
        [name for name in encoder_tensors(base.config) if "norm" not in name.lower() and "weight" in name]
    )
    for array in used:
        assert array is not None
        assert any(np.shares_memory(array, tensor) for tensor in base.tensors.values())


@pytest.mark.parametrize(
    ("sequences", "type_ids", "message"),
    [
        pytest.param([[1], [2, -1]], None, "text 2: token id -1 has no embedding, the model has 61", id="negative-id"),
        pytest.param([[61]], None, "text 1: token id 61 has no embedding", id="id-past-the-table"),
        pytest.param([[1 << 70]], None, f"text 1: token id {1 << 70} has no embedding", id="huge-id"),
        pytest.param([[1]], [[-1]], "text 1: type id -1 has no embedding, the model has 2", id="negative-type-id"),
        pytest.param([[1]], [[2]], "text 1: type id 2 has no embedding", id="type-id-past-the-table"),
        pytest.param([[1]], [[0, 0]], "type ids: expected one for each token id", id="more-type-ids-than-ids"),
        pytest.param([[1], [2]], [[0]], "type ids: expected one for each token id", id="fewer-lists-of-type-ids"),
        pytest.param([[1], []], None, "text 2: no tokens", id="no-tokens"),
        pytest.param([[1] * 17], None, "text 1: 17 tokens, the model takes 16", id="longer-than-the-positions"),
    ],
)
def test_input_that_has_no_embedding_is_refused(
    base: Case, sequences: list[list[int]], type_ids: list[list[int]] | None, message: str
) -> None:
    with pytest.raises(EncoderfileError, match=message):
        base.encoder().forward(sequences, type_ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_holds_the_expected_tensors_and_optional_ones(name: str) -> None:
    case = read_case(name)
    model_type, labels = HEADS.get(name, (ModelType.SENTENCE_EMBEDDING, None))
    expected = encoder_tensors(case.config) | head_tensors(model_type, case.config, labels)
    assert {key: case.tensors[key].shape for key in expected} == expected
    assert all(is_optional(key, model_type, case.config) for key in set(case.tensors) - set(expected))


def test_query_key_and_value_are_adjacent_weights_before_biases(base: Case) -> None:
    names = list(encoder_tensors(base.config))
    first = names.index("encoder.layer.1.attention.self.query.weight")
    expected = [
        f"encoder.layer.1.attention.self.{module}.{part}"
        for part in ("weight", "bias")
        for module in ("query", "key", "value")
    ]
    assert names[first : first + 6] == expected


def test_a_head_needs_labels(base: Case) -> None:
    with pytest.raises(ModelError, match="num_labels: token_classification needs at least 1, found None"):
        head_tensors(ModelType.TOKEN_CLASSIFICATION, base.config, None)


def test_a_config_survives_json(base: Case) -> None:
    assert EncoderConfig.from_json(json.loads(json.dumps(base.config.to_json()))) == base.config


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"hidden_size": 0}, "hidden_size: expected an integer from 1", id="zero-size"),
        pytest.param({"hidden_size": True}, "hidden_size: expected an integer from 1", id="boolean-size"),
        pytest.param({"vocab_size": "61"}, "vocab_size: expected an integer from 1", id="size-as-text"),
        pytest.param({"num_hidden_layers": 1 << 40}, "num_hidden_layers: expected an integer", id="endless-layers"),
        pytest.param({"num_attention_heads": 5}, "hidden_size: 24 does not divide into 5 heads", id="uneven-heads"),
        pytest.param({"layer_norm_eps": -1.0}, "layer_norm_eps: expected a number", id="negative-epsilon"),
        pytest.param({"layer_norm_eps": float("nan")}, "layer_norm_eps: expected a number", id="nan-epsilon"),
        pytest.param(
            {"hidden_act": "prelu"}, "hidden_act: 'prelu' is not supported; supported: 'gelu'", id="activation"
        ),
        pytest.param({"hidden_act": []}, r"hidden_act: \[\] is not supported", id="activation-no-name"),
        pytest.param({"architecture": "t5"}, "architecture: 't5' is not supported", id="architecture"),
        pytest.param({"prefix": "model."}, "prefix: 'model.' is not supported; supported: '', 'bert.'", id="prefix"),
        pytest.param({"dropout": 0.1}, "dropout: unknown key", id="unknown-key"),
    ],
)
def test_a_config_that_cannot_be_is_refused(base: Case, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        EncoderConfig.from_json(base.config.to_json() | change)


def test_a_config_with_missing_keys_names_them_all() -> None:
    with pytest.raises(ModelError) as caught:
        EncoderConfig.from_json({})
    assert caught.value.faults == tuple(f"{key}: missing" for key in EncoderConfig._fields[:11])
