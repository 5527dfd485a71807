"""The portable base starts however it is called."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from support.processes import Outcome, start

from encoderfile_runtime import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STARTED = Outcome(0, f"test-model 0.1.0 (encoderfile runtime {__version__})\n", "")


@pytest.fixture
def path(programs: Callable[..., Path], good: str) -> Path:
    return programs(python3=good)


def shell(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"no {name} on PATH")


def test_as_an_executable(executable: Path, path: Path) -> None:
    assert start([executable, "--version"], path) == STARTED


@pytest.mark.parametrize("name", ["sh", "bash", "dash"])
def test_from_a_shell(executable: Path, path: Path, name: str) -> None:
    assert start([shell(name), executable, "--version"], path) == STARTED


def test_from_python(executable: Path, path: Path) -> None:
    assert start([sys.executable, executable, "--version"], path) == STARTED


def test_from_the_shells_command_line(executable: Path, path: Path) -> None:
    for name in ("sh", "bash"):
        assert start([shell(name), "-c", '"$0" --version', executable], path) == STARTED


@pytest.mark.parametrize(
    "name",
    [
        "with spaces",
        "größe 模型 😀",
        'it\'s "quoted"',
        "$HOME `id` $(id)",
        "-n",
        "semi;colon",
        "new\nline",
        "*?[a]",
        "back\\slash",
    ],
)
@pytest.mark.parametrize("how", ["direct", "sh", "python"])
def test_whatever_its_path(executable: Path, path: Path, tmp_path: Path, name: str, how: str) -> None:
    moved = tmp_path / name / name
    moved.parent.mkdir()
    executable.rename(moved)
    command = {"direct": [], "sh": [shell("sh")], "python": [sys.executable]}[how]

    assert start([*command, moved, "--version"], path) == STARTED


def test_by_a_relative_path(executable: Path, path: Path) -> None:
    assert start([f"./{executable.name}", "--version"], path, cwd=str(executable.parent)) == STARTED


@pytest.mark.parametrize("command", ["sh", "bash", "python"])
def test_by_its_name_alone(executable: Path, path: Path, command: str) -> None:
    interpreter = sys.executable if command == "python" else shell(command)

    assert start([interpreter, executable.name, "--version"], path, cwd=str(executable.parent)) == STARTED


def test_by_path_lookup(executable: Path, path: Path, tmp_path: Path) -> None:
    found = f"{path}:{executable.parent}"

    assert start([shell("sh"), "-c", f"{executable.name} --version"], found, cwd="/") == STARTED


def test_through_a_symlink_to_a_symlink(executable: Path, path: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one").symlink_to(executable)
    (tmp_path / "links" / "two").symlink_to("one")

    assert start([tmp_path / "links" / "two", "--version"], path) == STARTED


def test_from_a_read_only_directory_without_writing_to_it(executable: Path, path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    executable.rename(folder / "model")
    (folder / "model").chmod(0o555)
    folder.chmod(0o555)

    assert start([folder / "model", "--version"], path) == STARTED

    assert [item.name for item in folder.iterdir()] == ["model"]
    folder.chmod(0o755)


def test_without_the_executable_bit_from_a_shell(executable: Path, path: Path) -> None:
    executable.chmod(0o444)

    assert start([shell("sh"), executable, "--version"], path) == STARTED


def test_modules_of_the_current_directory_are_not_taken(executable: Path, path: Path, tmp_path: Path) -> None:
    (tmp_path / "cwd").mkdir()
    for name in ("numpy", "json", "argparse", "encoderfile_runtime"):
        (tmp_path / "cwd" / f"{name}.py").write_text("raise SystemExit('taken')")

    assert start([executable, "--version"], path, cwd=str(tmp_path / "cwd")) == STARTED


def test_another_runtime_on_pythonpath_is_not_taken(executable: Path, path: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "encoderfile_runtime").mkdir(parents=True)
    (tmp_path / "other" / "encoderfile_runtime" / "__init__.py").write_text("raise SystemExit('taken')")

    assert start([executable, "--version"], path, PYTHONPATH=str(tmp_path / "other")) == STARTED


def test_arguments_arrive_as_they_were_given(executable: Path, programs: Callable[..., Path]) -> None:
    arguments = ["", "two words", 'it\'s "quoted"', "$HOME", "*", "-n", "--", "größe 模型", "back\\slash"]
    path = programs(python3="/usr/bin/printf '<%s>'")

    outcome = start([executable, *arguments], path)

    assert outcome.out == "".join(f"<{argument}>" for argument in [str(executable), *arguments])


@pytest.mark.parametrize("code", [0, 3, 127])
def test_the_exit_code_is_pythons(executable: Path, programs: Callable[..., Path], code: int) -> None:
    path = programs(python3=f"/bin/sh -c 'exit {code}' ")

    assert start([executable, "verify"], path).code == code
