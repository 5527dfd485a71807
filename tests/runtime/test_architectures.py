"""Each architecture against what transformers computed (tests/fixtures/make_architectures.py), by way of the front end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from support.checkpoints import read_safetensors

from encoderfile_runtime.architectures import ARCHITECTURES, EncoderConfig, encoder_tensors, head_tensors
from encoderfile_runtime.architectures.catalogue import architecture
from encoderfile_runtime.encoder import Encoder, process_group
from encoderfile_runtime.encoder.process_group import possible
from encoderfile_runtime.encoder.weights import most_shares
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks import Head
from hatch_encoderfile.models.families import read_config
from hatch_encoderfile.models.tensors import is_optional

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDERS = sorted((Path(__file__).parent.parent / "fixtures" / "architectures").iterdir())
TASKS = {"s": ModelType.SEQUENCE_CLASSIFICATION, "t": ModelType.TOKEN_CLASSIFICATION}
LABELS = 3
cases = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])


class Case(NamedTuple):
    task: ModelType
    raw: dict[str, Any]
    config: EncoderConfig
    tensors: dict[str, NDArray[np.float32]]
    ids: list[list[int]]
    states: list[NDArray[np.float32]]
    logits: list[NDArray[np.float32]]


def read(folder: Path) -> Case:
    raw = json.loads((folder / "config.json").read_text("utf-8"))
    tensors = read_safetensors(folder / "model.safetensors")
    kind = architecture(raw["model_type"])
    [prefix] = [prefix for prefix in kind.prefixes if f"{prefix}{kind.word_embeddings}.weight" in tensors]
    config = read_config(raw, TASKS[folder.name[-1]]).encoder(prefix)
    with np.load(folder / "expected.npz") as file:
        arrays = dict(file)
    count = len(arrays) // 3
    ids, states, logits = ([arrays[f"{key}_{n}"] for n in range(count)] for key in ("ids", "states", "logits"))
    return Case(TASKS[folder.name[-1]], raw, config, tensors, [item.tolist() for item in ids], states, logits)


def test_every_architecture_has_a_fixture() -> None:
    # `new` is what the published checkpoints of gte call themselves
    assert {folder.name[:-2] for folder in FOLDERS} == set(ARCHITECTURES) - {"bert", "new"}


@cases
def test_hidden_states_equal_those_of_transformers(folder: Path) -> None:
    case = read(folder)
    states = Encoder(case.config, case.tensors.__getitem__).forward(case.ids)
    for actual, expected in zip(states, case.states, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)


@pytest.mark.skipif(not possible(2), reason="needs Linux on x86-64 with two processors")
@cases
def test_processes_that_share_a_text_give_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_group, "alone", lambda: True)  # other tests leave threads, which sleep
    case = read(folder)
    encoder = Encoder(case.config, case.tensors.__getitem__)
    assert most_shares(case.config, 2) == 2
    for ids in case.ids:
        encoder.forward([ids], threads=2)  # the first does not fork
        [actual], [expected] = encoder.forward([ids], threads=2), encoder.forward([ids])
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
    assert encoder._group is not None
    assert encoder._group._group is not None
    encoder._group._group.dismiss()


@cases
def test_logits_equal_those_of_transformers(folder: Path) -> None:
    case = read(folder)
    states = Encoder(case.config, case.tensors.__getitem__).forward(case.ids)
    head = Head(case.task, case.config, case.tensors.__getitem__)
    whole = case.task is ModelType.SEQUENCE_CLASSIFICATION
    for actual, expected in zip(
        head.sequence_logits(states) if whole else head.token_logits(states), case.logits, strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)


@cases
def test_a_checkpoint_holds_exactly_what_is_expected(folder: Path) -> None:
    case = read(folder)
    expected = encoder_tensors(case.config) | head_tensors(case.task, case.config, LABELS)
    assert {name: array.shape for name, array in case.tensors.items()} == expected


@cases
def test_a_head_is_left_out_where_the_task_has_none(folder: Path) -> None:
    case = read(folder)
    encoder = encoder_tensors(case.config)
    head = set(case.tensors) - set(encoder)
    assert {name: is_optional(name, ModelType.SENTENCE_EMBEDDING, case.config) for name in head} == dict.fromkeys(
        head, True
    )
    assert not any(is_optional(name, ModelType.SENTENCE_EMBEDDING, case.config) for name in encoder)
    assert not any(is_optional(name, case.task, case.config) for name in head)


@cases
def test_what_transformers_writes_is_supported_and_survives_json(folder: Path) -> None:
    case = read(folder)
    reading = read_config(case.raw, case.task)
    # which the script gives to all, and ModernBERT calls hidden_activation
    notes = ["config.json: no settings of modernbert, not used: hidden_act"] * (
        case.config.architecture == "modernbert"
    )
    assert (reading.faults, reading.notes) == ([], notes)
    assert EncoderConfig.from_json(json.loads(json.dumps(case.config.to_json()))) == case.config


@cases
def test_scores_that_overflow_are_computed_again(folder: Path) -> None:
    case = read(folder)
    large = {name: array * 60 if is_query_or_key(name) else array for name, array in case.tensors.items()}
    for states in Encoder(case.config, large.__getitem__).forward(case.ids):
        assert np.isfinite(states).all()


def is_query_or_key(name: str) -> bool:
    return name.rsplit(".", 2)[-2] in {
        "query",
        "key",
        "q",
        "k",
        "q_lin",
        "k_lin",
        "query_proj",
        "key_proj",
        "Wqkv",
        "qkv_proj",
    }
