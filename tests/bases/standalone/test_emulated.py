"""A file on the base of the other machine gives what one on the portable base gives, where qemu runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from bases.standalone.test_running import TEXT, outcome
from support.task_repos import write_task_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile.bases.cache import Cache, directory
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TARGET = "aarch64-unknown-linux-gnu"


@pytest.fixture
def emulator() -> str:
    found = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if found is None:
        pytest.skip("qemu-aarch64 is not installed: apt-get install qemu-user-static")
    return found


@pytest.fixture
def base() -> Path:
    found = Cache(directory()).chosen(__version__, TARGET)
    if found is None:
        pytest.skip(f"no base for {TARGET} in the cache: `encoderfile base build --target {TARGET}` makes it")
    return found.path


@pytest.mark.parametrize("model_type", ["sentence_embedding", "token_classification"])
def test_results_are_those_of_the_portable_file(emulator: str, base: Path, tmp_path: Path, model_type: str) -> None:
    (spec,) = read_spec(write_task_repo(tmp_path / "repo", model_type))
    portable, emulated = tmp_path / "portable", tmp_path / "emulated"
    build(spec, target=PORTABLE, output=portable, sbom=False, provenance=False)
    build(spec, target=TARGET, base_binary_path=base, output=emulated, sbom=False, provenance=False)

    expected = run(str(portable))
    found = run(emulator, str(emulated))

    assert (expected[:2], expected[3]) == (found[:2], found[3])
    assert expected[2] == pytest.approx(found[2], abs=1e-6)


def run(*command: str) -> tuple[int, str, list[float], str]:
    environment = {"PATH": os.environ["PATH"], "ENCODERFILE_PYTHON": sys.executable}
    done = subprocess.run(
        [*command, "infer", TEXT], capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    return outcome(done)
