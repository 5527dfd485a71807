"""The names of a classifier's classes: what config.json may say, and what contradicts itself or the head."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models import InputFiles, load
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {"id2label": {"0": "good", "1": "bad"}}


def faults(root: Path, classes: int, **config: Any) -> tuple[str, ...]:
    """What is wrong with a token classifier whose head has so many rows."""
    path = write_repo(root, model_type="token_classification")
    write_json(root / "model" / "config.json", CONFIG | config)
    head = {"classifier.weight": np.zeros((classes, 16), np.float32), "classifier.bias": np.zeros(classes, np.float32)}
    write_safetensors(root / "model" / "model.safetensors", tensors("bert.") | head)
    [spec] = read_spec(path)
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        try:
            load(spec, inputs)
        except ModelError as error:
            return error.faults
    return ()


@pytest.mark.parametrize(
    ("classes", "config"),
    [
        pytest.param(2, {}, id="transformers-default"),
        pytest.param(3, {"num_labels": 3}, id="number-only"),
        pytest.param(2, NAMED, id="names-only"),
        pytest.param(2, NAMED | {"num_labels": 2, "label2id": {"bad": 1, "good": 0}}, id="all"),
        pytest.param(2, {"id2label": {"0": "a", "1": "a"}, "label2id": {"a": 1}}, id="one-name-twice"),
        pytest.param(2, {"id2label": {"0": 0, "1": 1.5}}, id="numbers-as-names"),
        pytest.param(2, NAMED | {"label2id": {"good": "0", "bad": "1"}}, id="ids-as-texts"),
        pytest.param(2, NAMED | {"label2id": {}}, id="inverse-empty"),
    ],
)
def test_labels_that_fit_are_read(tmp_path: Path, classes: int, config: dict[str, Any]) -> None:
    assert faults(tmp_path, classes, **config) == ()


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        *(
            pytest.param({"num_labels": count}, f"num_labels: {count!r}, expected 1 to 65536", id=f"count-{count}")
            for count in (10**12, 0, -1, True, "2", 2.0)
        ),
        pytest.param(
            NAMED | {"num_labels": 3}, "num_labels: 3, but id2label has 2 labels", id="number-and-names-differ"
        ),
        pytest.param(
            {"id2label": {"0": "a", "00": "b"}}, 'id2label: expected a text for each of "0" to "1"', id="key-twice"
        ),
        pytest.param({"id2label": {"00": "a"}}, 'id2label: expected a text for each of "0" to "0"', id="leading-zero"),
        pytest.param(
            {"id2label": {" 0": "a", "+1": "b"}}, 'id2label: expected a text for each of "0" to "1"', id="key-spaces"
        ),
        pytest.param({"id2label": {"1": "a"}}, 'id2label: expected a text for each of "0" to "0"', id="key-gap"),
        pytest.param({"id2label": {"0": None}}, 'id2label: expected a text for each of "0" to "0"', id="no-text"),
        pytest.param({"id2label": {}}, "id2label: expected an object whose keys are numbers", id="none"),
        pytest.param({"id2label": ["a"]}, "id2label: expected an object whose keys are numbers", id="list"),
    ],
)
def test_labels_that_contradict_are_the_only_fault(tmp_path: Path, config: dict[str, Any], fault: str) -> None:
    assert faults(tmp_path, 2, **config) == (f"config.json: {fault}",)


def test_the_default_number_is_checked_against_the_head(tmp_path: Path) -> None:
    first, second = faults(tmp_path, 3)

    assert first == "model.safetensors: classifier.weight: shape [3, 16], expected [2, 16]"
    assert second == "model.safetensors: classifier.bias: shape [3], expected [2]"


@pytest.mark.parametrize("inverse", [{"bad": 0, "good": 1}, {"good": 0}, ["good", "bad"], {"good": 0, "bad": "x"}])
def test_an_inverse_that_is_none_is_not_used_and_said(tmp_path: Path, inverse: Any) -> None:
    assert faults(tmp_path, 2, **NAMED, label2id=inverse) == ()

    [spec] = read_spec(tmp_path / "pyproject.toml")
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        made = load(spec, inputs)
    config = json.loads(b"".join(made.artifacts["model_config"].chunks()))
    assert any("label2id: is not the inverse of id2label" in note for note in made.notes)
    assert (config["id2label"], config["label2id"]) == (NAMED["id2label"], None)
