"""Each case of `support.settings_cases` is what sentence-transformers made of it, to 1e-5."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.settings_cases import CASES, PAIRS, SENTENCE, TEXTS, write_case

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.loading import load
from encoderfile_runtime.tasks.ranking import Query
from encoderfile_runtime.tasks.scores import scores
from encoderfile_runtime.tasks.similarities import similarity
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

EXPECTED = json.loads((Path(__file__).parents[1] / "fixtures" / "settings.json").read_text())


def test_every_case_has_its_reference() -> None:
    assert list(EXPECTED) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_setting_is_what_the_reference_makes_of_it(tmp_path: Path, name: str) -> None:
    task = write_case(tmp_path / "model", name)
    declared = f'[project]\nname = "tiny"\nversion = "1"\n[tool.encoderfile]\nmodel-type = "{task}"\npath = "model"\n'
    (tmp_path / "pyproject.toml").write_text(declared, encoding="utf-8")
    [spec] = read_spec(tmp_path / "pyproject.toml")
    model = load(Container(str(build(spec, target="portable", provenance=False, sbom=False).path)))

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
