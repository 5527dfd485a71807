"""Every supported Python builds the same bytes, and runs them to the same numbers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli
from support.model_repo import write_repo
from support.processes import CHECKOUT, Surroundings, build_in, start

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.loading import load
from hatch_encoderfile.bases import portable
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

pytestmark = pytest.mark.slow

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
CACHE = CHECKOUT / ".cache" / "interpreters"
TEXTS = ["the model", "one file runs, é!"]


def runs(python: str | Path, version: str) -> bool:
    """Whether this is a Python of that version; a shim may stand for one that is not there."""
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def find(version: str) -> str | Path:
    """A Python of a version, on PATH or among pyenv's."""
    roots = dict.fromkeys(Path(root).expanduser() for root in (os.environ.get("PYENV_ROOT", "~/.pyenv"), "~/.pyenv"))
    on_path = shutil.which(f"python{version}")
    candidates: list[str | Path] = [on_path] if on_path else []
    candidates += [path for root in roots for path in sorted(root.glob(f"versions/{version}.*/bin/python3"))]
    for candidate in candidates:
        if runs(candidate, version):
            return candidate
    return pytest.skip(f"no Python {version} on PATH or under ~/.pyenv/versions")


def environment(version: str) -> Path:
    """A Python of a version with what we depend on; made once, kept until the dependencies change."""
    project = tomli.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dependencies = "\n".join(project["dependencies"])
    folder = CACHE / version
    python, stamp = folder / "bin" / "python", folder / "dependencies.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == dependencies and runs(python, version):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    base = find(version)
    for command in (
        [base, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", "--prefer-binary", *project["dependencies"]],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"Python {version}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    stamp.write_text(dependencies, encoding="utf-8")
    return python


@pytest.fixture(scope="module", params=VERSIONS)
def python(request: pytest.FixtureRequest) -> Path:
    version = str(request.param)
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return Path(sys.executable)
    return environment(version)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_repo(tmp_path_factory.mktemp("repo"), "created = 2021-08-30T00:00:00Z").parent


@pytest.fixture(scope="module")
def built(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    [spec] = read_spec(repo / "pyproject.toml")
    return build(spec, target="portable", output=tmp_path_factory.mktemp("built") / "expected").path


def test_it_builds_the_same_bytes(python: Path, repo: Path, built: Path) -> None:
    path = build_in(Surroundings(python=python), repo)

    base = Container(str(path)).manifest.base
    assert base is not None
    assert base.sha256 == hashlib.sha256(portable.build()).digest()
    assert path.read_bytes() == built.read_bytes()


def test_it_runs_the_file_to_the_same_numbers(python: Path, built: Path) -> None:
    outcome = start([built, "infer", *TEXTS], "", ENCODERFILE_PYTHON=str(python))

    assert (outcome.code, outcome.err) == (0, "")
    np.testing.assert_allclose(embeddings(json.loads(outcome.out)), embeddings(here(built)), rtol=0, atol=1e-6)


def test_it_verifies_the_file(python: Path, built: Path) -> None:
    outcome = start([built, "verify"], "", ENCODERFILE_PYTHON=str(python))

    assert (outcome.code, outcome.err) == (0, "")
    assert "every byte is accounted for" in outcome.out


def here(path: Path) -> dict[str, Any]:
    return load(Container(str(path))).infer(TEXTS)


def embeddings(response: dict[str, Any]) -> list[list[float]]:
    return [result["embedding"] for result in response["results"]]
