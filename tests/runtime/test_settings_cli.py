"""The commands of models that say how they compare and what their classes are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.settings_cases import TEMPLATE, TEXTS, write_case, write_inference

import encoderfile_runtime
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run


def executable(root: Path, task: str) -> Path:
    """The file of the model in the folder "model"."""
    declared = f'[project]\nname = "tiny"\nversion = "1"\n[tool.encoderfile]\nmodel-type = "{task}"\npath = "model"\n'
    (root / "pyproject.toml").write_text(declared, encoding="utf-8")
    [spec] = read_spec(root / "pyproject.toml")
    return build(spec, target="portable", provenance=False, sbom=False).path


@pytest.mark.parametrize("name", ["cosine", "dot", "euclidean", "manhattan"])
def test_the_similarity_that_a_model_names_is_that_of_similarity_rank_and_search(
    tmp_path: Path, run: Run, name: str
) -> None:
    file = executable(tmp_path, write_case(tmp_path / "model", f"similarity {name}"))
    lines = tmp_path / "lines.txt"
    lines.write_text("\n".join(TEXTS), encoding="utf-8")
    a, b = encoderfile_runtime.load(str(file)).encode(TEXTS[:2])
    expected = {"cosine": a @ b, "dot": a @ b, "euclidean": -np.linalg.norm(a - b), "manhattan": -np.abs(a - b).sum()}

    alike = json.loads(run(file, "similarity", *TEXTS[:2], "--json").out)["similarity"]
    ranked = json.loads(run(file, "rank", TEXTS[0], TEXTS[1], "--json").out)["score"]
    hits = [json.loads(line) for line in run(file, "search", TEXTS[0], str(lines), "--json").out.splitlines()]

    assert alike == pytest.approx(float(expected[name]), abs=1e-5)
    assert ranked == pytest.approx(alike, abs=1e-6)
    assert {hit["text"]: hit["score"] for hit in hits}[TEXTS[1]] == pytest.approx(alike, abs=1e-5)


def test_classify_takes_labels_of_your_own(tmp_path: Path, run: Run) -> None:
    write_inference(tmp_path / "model")
    file = executable(tmp_path, "sequence_classification")
    expected = encoderfile_runtime.load(str(file)).zero_shot(["one text"], ["a", "model"], template=TEMPLATE)

    outcome = run(file, "classify", "one text", "--labels", "a, model", "--template", TEMPLATE, "--json")

    labels = json.loads(outcome.out)["labels"]
    assert [(one["label"], one["score"]) for one in labels] == [
        (label.label, pytest.approx(label.score, abs=1e-6)) for label in expected[0]
    ]


def test_labels_of_your_own_need_a_model_of_inference(run: Run) -> None:
    outcome = run("sequence_classification", "classify", "one", "--labels", "a")

    assert outcome.code != 0
    assert "has no label that begins with entail" in outcome.err


def test_a_template_is_for_labels(run: Run) -> None:
    outcome = run("sequence_classification", "classify", "one", "--template", "{}")

    assert outcome.code == 2
    assert "--template and --independent are for --labels" in outcome.err
