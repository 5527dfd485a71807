"""What the tests of front ends share: a folder of wheels, an environment without an index, and commands run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHANGES_BUILDS = ("HATCH_", "ENCODERFILE_", "PIP_", "UV_", "SOURCE_DATE_EPOCH")


class FrontEnds(NamedTuple):
    """An environment for commands that can get wheels from one folder, and nothing from anywhere else."""

    environment: dict[str, str]

    def run(self, folder: Path, *command: str | Path, **variables: str) -> str:
        """Run a command that succeeds; its output."""
        result = self.attempt(folder, *command, **variables)
        assert 0 == result.returncode, result.stdout
        return result.stdout

    def attempt(self, folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command that may fail; standard error goes where standard output does."""
        return subprocess.run(
            command,
            cwd=folder,
            # Finished builds go to the cache of this test, which is set after this environment was made.
            env=self.environment | {"XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def virtual_environment(self, path: Path) -> Path:
        """A new, empty virtual environment; the folder of its commands."""
        self.run(path.parent, "uv", "venv", "--python", sys.executable, path)
        return path / "bin"


def without_index(checkout: Path, folder: Path) -> FrontEnds:
    """Fill a folder with wheels of this project and of all that building with it needs; skips where that cannot be."""
    for tool in ("hatch", "uv"):
        if shutil.which(tool, path=_path()) is None:
            pytest.skip(f"needs {tool}: pip install hatch build uv")
    wheels = folder / "wheels"
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", wheels)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", checkout], check=True)
    (ours,) = wheels.iterdir()
    filled = subprocess.run([*pip, ours, "hatchling", "editables"], capture_output=True, text=True, check=False)
    if filled.returncode:
        pytest.skip(f"needs a package index for the wheels of a build environment: {filled.stderr.strip()[-300:]}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CHANGES_BUILDS)}
    return FrontEnds(
        kept
        | {
            "PATH": _path(),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(wheels),
            "UV_CACHE_DIR": str(folder / "uv"),
            "HATCH_DATA_DIR": str(folder / "hatch"),
            "HATCH_ENV_TYPE_VIRTUAL_PATH": str(folder / "hatch-build"),
            "NO_COLOR": "1",
        }
    )


def _path() -> str:
    return os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))  # noqa: PTH120 - a text
