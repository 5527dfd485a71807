"""Each case of `support.settings_cases` is what sentence-transformers made of it, to 1e-5."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.settings_cases import (
    CASES,
    PAIRS,
    SENTENCE,
    TEMPLATE,
    TEXTS,
    ZERO_SHOT,
    write_case,
    write_inference,
)

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.loading import load
from encoderfile_runtime.tasks.ranking import Query
from encoderfile_runtime.tasks.scores import scores
from encoderfile_runtime.tasks.similarities import similarity
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from encoderfile_runtime.model import Model

EXPECTED = json.loads((Path(__file__).parents[1] / "fixtures" / "settings.json").read_text())


def built(root: Path, task: str) -> Model:
    """The model in the folder "model"."""
    declared = f'[project]\nname = "tiny"\nversion = "1"\n[tool.encoderfile]\nmodel-type = "{task}"\npath = "model"\n'
    (root / "pyproject.toml").write_text(declared, encoding="utf-8")
    [spec] = read_spec(root / "pyproject.toml")
    return load(Container(str(build(spec, target="portable", provenance=False, sbom=False).path)))


def test_every_case_has_its_reference() -> None:
    assert set(EXPECTED) == {*CASES, "zero-shot"}


@pytest.mark.parametrize("name", CASES)
def test_a_setting_is_what_the_reference_makes_of_it(tmp_path: Path, name: str) -> None:
    task = write_case(tmp_path / "model", name)
    model = built(tmp_path, task)

    if task == SENTENCE:
        vectors = model.encode(TEXTS)
        found = [vectors, similarity(model.config, vectors, vectors[0])[None]]
    elif len(model.labels) == 1:
        found = [
            np.array([Query(model, first).scores(model.tokenize([(first, second)]))[0] for first, second in PAIRS])
        ]
    else:
        found = [scores(model.vectors(model.tokenize(PAIRS)), model.config)]

    for ours, theirs in zip(found, EXPECTED[name], strict=True):
        np.testing.assert_allclose(ours, np.array(theirs), rtol=0, atol=1e-5)


def test_zero_shot_is_that_of_the_references_pipeline(tmp_path: Path) -> None:
    write_inference(tmp_path / "model")
    model = built(tmp_path, "sequence_classification")

    for independent, expected in zip((False, True), EXPECTED["zero-shot"], strict=True):
        for (text, labels), (names, probabilities) in zip(ZERO_SHOT, expected, strict=True):
            [row] = model.zero_shot([text], labels, template=TEMPLATE, independent=independent)

            assert [label.label for label in row] == names
            np.testing.assert_allclose([label.score for label in row], probabilities, rtol=0, atol=1e-5)


def test_zero_shot_needs_a_model_of_inference_and_a_place_for_the_label(tmp_path: Path) -> None:
    write_inference(tmp_path / "model")
    model = built(tmp_path, "sequence_classification")

    with pytest.raises(UsageError, match=r"template: expected \{\} where a label is put, found 'is it'"):
        model.zero_shot(["one"], ["a"], template="is it")
    with pytest.raises(UsageError, match="labels: expected at least one, and none that is empty"):
        model.zero_shot(["one"], ["a", ""])
    model.labels = {0: "good"}
    with pytest.raises(UsageError, match="has no label that begins with entail"):
        model.zero_shot(["one"], ["a"])
