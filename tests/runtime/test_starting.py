"""How the portable base imports its modules: each is compiled once, and some by another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.cli import ahead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Infer = Callable[..., tuple[str, list[dict[str, int]]]]

AHEAD = {f"{folder}{name}.py" for folder, names in ahead.MODULES.items() for name in names.split()}

# Runs before the base does.
COUNTER = """
import atexit, builtins, json, os, sys

counts = {}
compile_ = builtins.compile
exit_ = os._exit
def compile(source, filename, *more, **named):
    name = str(filename).partition("encoderfile_runtime/")[2]
    if name:
        counts[name] = counts.get(name, 0) + 1
    return compile_(source, filename, *more, **named)
def leave(code):
    with open(os.environ["COUNTS"] + f".{os.getpid()}", "w") as file:
        json.dump(counts, file)
    exit_(code)
builtins.compile = compile
os._exit = leave
if os.environ.get("PROCESSES") == "none":
    def fork():
        raise OSError("no more processes")
    os.fork = fork
if os.environ.get("PROCESSES") == "unknown":
    del os.fork
if os.environ.get("PROCESSES") == "failing":
    import marshal
    marshal.dumps = None
if os.environ.get("PROCESSES") == "cut short":
    import marshal
    dumps = marshal.dumps
    marshal.dumps = lambda code: dumps(code)[:-1000]
if os.environ.get("PROCESSES") == "orphaned":
    import signal
    fork = os.fork
    os.fork = lambda: fork() and os.kill(os.getpid(), signal.SIGKILL)
os.sched_getaffinity = lambda _: {*range(int(os.environ["PROCESSORS"]))}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sitecustomize.py").write_text(COUNTER)
    return tmp_path


@pytest.fixture
def infer(executables: dict[str, Path], folder: Path) -> Infer:
    """Run `infer`: what it printed, and how often each process compiled each module."""

    def run(*, processors: int = 2, processes: str = "", before: str = "") -> tuple[str, list[dict[str, int]]]:
        settings = {"PROCESSORS": str(processors), "PROCESSES": processes, "COUNTS": str(folder / "counts")}
        command = ["sh", "-c", f'{before} exec "$@"', "sh", sys.executable, str(executables["sentence_embedding"])]
        done = subprocess.run(
            [*command, "infer", "the model"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(folder), **settings},
        )
        assert done.stderr == ""
        paths = list(folder.glob("counts.*"))
        counted = [json.loads(path.read_text()) for path in paths]
        for path in paths:
            path.unlink()
        return done.stdout, counted

    return run


@pytest.fixture
def answer(infer: Infer) -> str:
    """What one process prints that has compiled each module once."""
    printed, [counts] = infer(processors=1)
    assert json.loads(printed)["model_id"] == "tiny"
    assert {*counts.values()} == {1}
    assert AHEAD <= {*counts}
    return printed


def test_with_two_processors_one_compiles_while_the_other_imports(infer: Infer, answer: str) -> None:
    printed, counted = infer()

    ours, theirs = sorted(counted, key=lambda counts: AHEAD <= {*counts})
    assert printed == answer
    assert {*ours.values(), *theirs.values()} == {1}
    assert AHEAD <= {*theirs}
    assert not AHEAD & {*ours}


@pytest.mark.parametrize("processes", ["none", "unknown"])
def test_where_there_can_be_no_other_process_one_does_it_all(infer: Infer, answer: str, processes: str) -> None:
    printed, [ours] = infer(processes=processes)

    assert printed == answer
    assert AHEAD <= {*ours}


@pytest.mark.parametrize("processes", ["failing", "cut short"])
def test_what_another_process_fails_to_do_is_done_here(infer: Infer, answer: str, processes: str) -> None:
    printed, counted = infer(processes=processes)

    assert printed == answer
    assert [AHEAD <= {*counts} for counts in counted] == [True, True]


def test_a_process_that_lost_the_other_one_ends(executables: dict[str, Path], folder: Path) -> None:
    settings = {"PROCESSORS": "2", "PROCESSES": "orphaned", "COUNTS": str(folder / "counts")}

    # It has standard output, too: this waits for its end.
    done = subprocess.run(
        [sys.executable, executables["sentence_embedding"], "infer", "the model"],
        capture_output=True,
        check=False,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
    )

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGKILL, b"", b"")


def test_where_the_end_of_processes_is_ignored_nothing_else_happens(infer: Infer, answer: str) -> None:
    printed, counted = infer(before="trap '' CHLD;")

    assert printed == answer
    assert sorted(AHEAD <= {*counts} for counts in counted) == [False, True]


def test_an_interrupt_before_the_command_line_is_there_is_quiet(executables: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("""
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "encoderfile_runtime.start.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
""")

    done = subprocess.run(
        [sys.executable, executables["embedding"], "--version"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
