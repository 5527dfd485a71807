"""Files on the standalone base do what files on the portable base do, and need nothing around them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from encoderfile_runtime.commands import COMMANDS, infer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bases.standalone.conftest import Pair

pytestmark = pytest.mark.slow

TEXT = "the model runs one file"
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
NEEDS_ROOT = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs Linux and root")
NOBODY = 65534

CASES = {
    "infer": ("sentence_embedding", ["infer", TEXT, "another text"]),
    "infer tokens": ("embedding", ["infer", TEXT]),
    "infer classes": ("sequence_classification", ["infer", TEXT]),
    "infer from a file": ("sentence_embedding", ["infer", "-i", "lines.txt", "-o", "-", "--format", "jsonl"]),
    "infer on threads": ("sentence_embedding", ["infer", "-i", "lines.txt", "--threads", "2"]),
    "classify": ("sequence_classification", ["classify", TEXT]),
    "classify entities": ("token_classification", ["classify", "--json", TEXT]),
    "similarity": ("sentence_embedding", ["similarity", TEXT, "a file"]),
    "rank": ("sentence_embedding", ["rank", TEXT, "a file", "a model"]),
    "search": ("sentence_embedding", ["search", "--json", "a file", "lines.txt"]),
    "tokenize": ("sentence_embedding", ["tokenize", TEXT]),
    "inspect": ("sentence_embedding", ["inspect"]),
    "verify": ("sentence_embedding", ["verify"]),
    "version": ("sentence_embedding", ["--version"]),
    "no command": ("sentence_embedding", []),
    "unknown option": ("sentence_embedding", ["infer", "--unknown"]),
    "missing file": ("sentence_embedding", ["infer", "-i", "missing.txt"]),
}


def run(path: Path, arguments: Sequence[str], folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a file with nothing but PATH in its environment, under the name `model`."""
    given: dict[str, Any] = {"env": {"PATH": os.environ["PATH"], "ENCODERFILE_PYTHON": sys.executable}} | more
    called = folder / "model"
    called.unlink(missing_ok=True)
    shutil.copy(path, called)
    command = ["./model", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60, **given)


def outcome(done: subprocess.CompletedProcess[str]) -> tuple[int, str, list[float], str]:
    """The exit code, what was said with each number as #, and the numbers."""
    numbers = [float(number) for number in NUMBER.findall(done.stdout)]
    return done.returncode, NUMBER.sub("#", done.stdout), numbers, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lines.txt").write_text("a file\na model\n" * 40, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("case", [name for name in CASES if name not in ("inspect", "verify", "version")])
def test_a_command_does_what_it_does_on_the_portable_base(pairs: dict[str, Pair], folder: Path, case: str) -> None:
    model_type, arguments = CASES[case]

    code, text, numbers, said = outcome(run(pairs[model_type].portable, arguments, folder))
    found_code, found_text, found_numbers, found_said = outcome(run(pairs[model_type].standalone, arguments, folder))

    assert (code, text, said) == (found_code, found_text, found_said)
    assert numbers == pytest.approx(found_numbers, abs=2e-6)


@pytest.mark.parametrize("command", ["inspect", "verify"])
def test_facts_about_the_file_differ_in_the_base_alone(pair: Pair, folder: Path, command: str) -> None:
    portable = json.loads(run(pair.portable, [command, "--json"], folder).stdout)
    standalone = json.loads(run(pair.standalone, [command, "--json"], folder).stdout)

    assert portable.keys() == standalone.keys()
    if command == "inspect":
        assert portable["model_config"] == standalone["model_config"]
        assert "static" == standalone["base"]["flavour"]


def test_help_has_what_the_commands_say_of_themselves(pair: Pair, folder: Path) -> None:
    listed = run(pair.standalone, ["--help"], folder, env={"COLUMNS": "200"})
    command = run(pair.standalone, ["infer", "--help"], folder)

    assert (0, "", 0, "") == (listed.returncode, listed.stderr, command.returncode, command.stderr)
    assert all(summary in listed.stdout for summary in COMMANDS.values())
    assert str(infer.__doc__) in command.stdout


def test_every_command_has_a_case() -> None:
    assert {*COMMANDS} - {"bench"} <= {case.partition(" ")[0] for case in CASES}


def test_bench_runs(pair: Pair, folder: Path) -> None:
    done = run(pair.standalone, ["bench", "--json"], folder)

    assert (0, "") == (done.returncode, done.stderr)


def test_nothing_in_the_environment_or_the_folder_changes_it(pair: Pair, folder: Path) -> None:
    plain = run(pair.standalone, ["infer", TEXT], folder)
    for name in ("sitecustomize.py", "numpy.py", "encoderfile_runtime.py", "os.py"):
        (folder / name).write_text("raise SystemExit(42)\n", encoding="utf-8")
    for name in ("model._pth", "python313._pth", "pyvenv.cfg", "pybuilddir.txt"):
        (folder / name).write_text(f"home = {folder}\n{folder}\n", encoding="utf-8")
    names = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "LD_PRELOAD")
    hostile = {name: str(folder) for name in names} | {"PYTHONINSPECT": "1", "PYTHONOPTIMIZE": "0", "LC_ALL": "C"}

    done = run(pair.standalone, ["infer", TEXT], folder, env=hostile)

    assert (plain.returncode, plain.stdout) == (done.returncode, done.stdout)
    assert done.stderr == ""


def test_what_is_not_ascii_survives_without_a_locale(pair: Pair, folder: Path) -> None:
    (folder / "größe.txt").write_text("größe 模型 😀\n", encoding="utf-8")

    done = run(pair.standalone, ["search", "--json", "größe", "größe.txt"], folder, env={})

    assert done.returncode == 0
    hit = json.loads(done.stdout)
    assert ("größe 模型 😀", "größe.txt") == (hit["text"], hit["file"])


def test_a_closed_pipe_ends_it_quietly(pair: Pair, folder: Path) -> None:
    command = ["sh", "-c", f"'{pair.standalone}' infer -i lines.txt --format jsonl | head -c 1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)

    assert (0, "") == (done.returncode, done.stderr)


@NEEDS_ROOT
@pytest.mark.parametrize("proc", [True, False], ids=["with-proc", "without-proc"])
def test_it_runs_in_a_folder_with_nothing_else_as_nobody(pair: Pair, tmp_path: Path, proc: bool) -> None:
    root = tmp_path / "root"
    (root / "proc").mkdir(parents=True)
    shutil.copy(pair.standalone, root / "model")
    (root / "model").chmod(0o555)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    mount = f"mount -t proc proc {root}/proc && " if proc else ""
    script = (
        f"mount --bind {root} {root} && {mount}mount -o remount,bind,ro,nosuid,nodev {root} && "
        f"exec chroot --userspec={NOBODY}:{NOBODY} {root} /model infer '{TEXT}'"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},  # where chroot is
    )

    assert (0, "") == (done.returncode, done.stderr)
    expected = outcome(run(pair.portable, ["infer", TEXT], tmp_path))[2]
    assert expected == pytest.approx(outcome(done)[2], abs=2e-6)


@NEEDS_ROOT
def test_a_file_that_may_be_run_but_not_read_says_so(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "model"
    shutil.copy(pair.standalone, path)
    path.chmod(0o111)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o055)

    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, user=NOBODY)

    assert (126, f"{path}: cannot open itself: mount /proc, or let the user read this file\n") == (
        done.returncode,
        done.stderr,
    )


def test_a_file_that_lost_its_end_is_refused(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(pair.standalone.read_bytes()[:-1])
    path.chmod(0o755)

    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)

    assert (126, f"{path}: has no base trailer where its footer says: the file is damaged: get it again\n") == (
        done.returncode,
        done.stderr,
    )
