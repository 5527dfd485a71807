"""The portable base finds a Python that can run it, or says in one line what to install."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import Outcome, start

from encoderfile_runtime import __version__
from encoderfile_runtime.start import launcher

if TYPE_CHECKING:
    from collections.abc import Callable

    Programs = Callable[..., Path]

STARTED = Outcome(0, f"test-model 0.1.0 (encoderfile runtime {__version__})\n", "")


def one_line(outcome: Outcome, executable: Path) -> str:
    """What the executable said when it gave up."""
    assert (outcome.code, outcome.out) == (127, "")
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith(f"{executable}: ")
    return outcome.err.removeprefix(f"{executable}: ").rstrip("\n")


@pytest.fixture(scope="module", params=["3.6", "3.7", "3.8", "3.9"])
def old(request: pytest.FixtureRequest) -> Path:
    """A Python that is too old."""
    version = str(request.param)
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    on_path = shutil.which(f"python{version}")
    candidates = [*root.glob(f"versions/{version}.*/bin/python3"), *([Path(on_path)] if on_path else [])]
    for candidate in candidates:
        done = subprocess.run([candidate, "-c", ""], check=False, capture_output=True, timeout=60)
        if done.returncode == 0:
            return candidate
    return pytest.skip(f"no Python {version} on PATH or under ~/.pyenv/versions")


def test_python3_is_taken_first(executable: Path, programs: Programs, good: str) -> None:
    path = programs(python3=good, python3_13="/bin/false")

    assert start([executable, "--version"], path) == STARTED


@pytest.mark.parametrize("linked", [False, True], ids=["called", "called-through-a-link"])
def test_a_script_of_a_virtual_environment_takes_the_environments_python(
    executable: Path, programs: Programs, good: str, bare: str, tmp_path: Path, linked: bool
) -> None:
    folder = programs(python3=good)
    (folder.parent / "pyvenv.cfg").touch()
    script = executable.rename(folder / "model")
    if linked:
        link = tmp_path / "link"
        link.symlink_to(script)
        script = link

    assert start([script, "--version"], f"{programs(python3=bare)}:/usr/bin:/bin") == STARTED


@pytest.mark.parametrize("name", ["python3_10", "python3_11", "python3_12", "python3_13"])
def test_a_versioned_name_is_found_where_there_is_no_python3(
    executable: Path, programs: Programs, good: str, name: str
) -> None:
    assert start([executable, "--version"], programs(**{name: good})) == STARTED


def test_without_python_it_says_what_to_install(executable: Path, programs: Programs) -> None:
    outcome = start([executable, "infer", "text"], programs())

    assert one_line(outcome, executable) == (
        "no Python 3.10 or newer on PATH: install one, with numpy, or set ENCODERFILE_PYTHON"
    )


def test_without_numpy_it_says_how_to_install_it(executable: Path, programs: Programs, bare: str) -> None:
    outcome = start([executable, "infer", "text"], programs(python3=bare))

    assert one_line(outcome, executable) == (
        f"needs numpy: run {sys.executable} -m pip install numpy, or set ENCODERFILE_PYTHON to a Python that has it"
    )


@pytest.mark.parametrize("name", ["python3_10", "python3_13"])
def test_without_numpy_another_python_that_has_it_is_taken(
    executable: Path, programs: Programs, good: str, bare: str, name: str
) -> None:
    path = programs(python3=bare, **{name: good})

    assert start([executable, "--version"], path) == STARTED


def test_a_python_that_does_not_run_is_passed_over(executable: Path, programs: Programs, good: str, bare: str) -> None:
    path = programs(python3=bare, python3_13="/bin/false", python3_12="/nonexistent", python3_11=good)
    (path / "python3.10").mkdir()
    (path / "python3.13").write_text("not a script, not a program")

    assert start([executable, "--version"], path) == STARTED


def test_a_python3_further_down_path_is_not_hidden_by_a_bare_one(
    executable: Path, programs: Programs, good: str, bare: str
) -> None:
    path = f"{programs(python3=bare)}:{programs(python3=good)}"

    assert start([executable, "--version"], path) == STARTED


def test_started_by_a_python_it_stays_with_it(executable: Path, programs: Programs, good: str) -> None:
    outcome = start([sys.executable, "-I", "-S", executable, "infer", "text"], programs(python3=good, python3_13=good))

    assert one_line(outcome, executable).startswith(f"needs numpy: run {sys.executable} -m pip install numpy")


def test_encoderfile_python_comes_first(executable: Path, programs: Programs, good: str) -> None:
    path = programs(python3="/bin/false", **{"my-python": good})

    for named in (sys.executable, "my-python", path / "my-python"):
        assert start([executable, "--version"], path, ENCODERFILE_PYTHON=str(named)) == STARTED


def test_encoderfile_python_may_have_spaces(executable: Path, programs: Programs, good: str, tmp_path: Path) -> None:
    spaced = tmp_path / "my python"
    spaced.write_text(f'#!/bin/sh\nexec {good} "$@"\n')
    spaced.chmod(0o755)

    assert start([executable, "--version"], programs(), ENCODERFILE_PYTHON=str(spaced)) == STARTED


def test_an_empty_encoderfile_python_is_none(executable: Path, programs: Programs, good: str) -> None:
    assert start([executable, "--version"], programs(python3=good), ENCODERFILE_PYTHON="") == STARTED


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
@pytest.mark.parametrize("named", ["/nonexistent/python", "no-such-python", "/", "/etc/passwd", "echo", "$(id)"])
def test_a_wrong_encoderfile_python_is_a_line_and_nothing_else_is_tried(
    executable: Path, programs: Programs, good: str, named: str, shell: str
) -> None:
    path = f"{programs(python3=good)}:/usr/bin:/bin"
    if named == "echo":
        path = str(programs(python3=good))
    command = f"/bin/{shell}"
    if not Path(command).exists():
        pytest.skip(f"no {command}")

    outcome = start([command, executable, "--version"], path, ENCODERFILE_PYTHON=named)

    assert one_line(outcome, executable) == (
        f"ENCODERFILE_PYTHON is {named}, which cannot be run: set it to a Python 3.10 or newer with numpy"
    )


def test_an_encoderfile_python_without_numpy_is_not_replaced(
    executable: Path, programs: Programs, good: str, bare: str
) -> None:
    path = programs(python3=good, bare=bare)

    outcome = start([executable, "--version"], path, ENCODERFILE_PYTHON="bare")

    assert one_line(outcome, executable).startswith("needs numpy: ")


class TestTooOld:
    def installed(self, programs: Programs, old: Path, **others: str) -> Path:
        """A folder with an old Python under the names that systems give it."""
        folder = programs(**others)
        version = old.resolve().name.removeprefix("python")
        (folder / f"python{version}").symlink_to(old.resolve())
        (folder / "python3").symlink_to(f"python{version}")
        return folder

    def test_a_better_one_on_path_is_taken(self, executable: Path, programs: Programs, old: Path, good: str) -> None:
        assert start([executable, "--version"], self.installed(programs, old, python3_12=good)) == STARTED

    def test_without_a_better_one_it_says_what_is_needed(self, executable: Path, programs: Programs, old: Path) -> None:
        line = one_line(start([executable, "--version"], self.installed(programs, old)), executable)

        assert "Python 3.10 or newer" in line
        assert line.endswith("or set ENCODERFILE_PYTHON")

    def test_started_by_it_it_says_what_is_needed(self, executable: Path, programs: Programs, old: Path) -> None:
        if old.resolve().name in ("python3.6", "python3.7"):
            pytest.skip("finds no code in a zip that has a comment")

        line = one_line(start([old, executable, "--version"], programs()), executable)

        assert line.startswith("needs Python 3.10 or newer, found 3.")


def test_old_pythons_can_read_the_launcher() -> None:
    source = Path(launcher.__file__).read_text(encoding="utf-8")

    ast.parse(source, feature_version=(3, 6))

    assert "from __future__" not in source


def test_blas_threads_are_limited_unless_the_user_says_otherwise(
    executable: Path, programs: Programs, good: str, tmp_path: Path
) -> None:
    (tmp_path / "argparse.py").write_text("import os; raise SystemExit(os.environ['OPENBLAS_NUM_THREADS'])")
    path = programs(python3=good)

    assert start([executable], path, PYTHONPATH=str(tmp_path)).err == "1\n"
    assert start([executable], path, PYTHONPATH=str(tmp_path), OPENBLAS_NUM_THREADS="5").err == "5\n"
