"""A build that fails, in whatever way, leaves everything as it was."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import tensors, write_safetensors
from support.processes import PYTHONPATH, start

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.container import check, writer
from hatch_encoderfile.weights.embd import EmbdBlob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import Run

NAME = "tiny-1.2.3-portable.encoderfile"
_STOPPED = """
import os, signal, sys
from hatch_encoderfile.container import check
from hatch_encoderfile.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore it
number = signal.Signals[sys.argv[1]]
check.check = lambda *_, **__: os.kill(os.getpid(), number)
sys.argv = ["encoderfile", "build"]
main()
"""


def snapshot(root: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


@pytest.fixture(params=["no output yet", "an output from before"])
def before(request: pytest.FixtureRequest, repo: Path) -> dict[str, bytes | None]:
    if request.param == "an output from before":
        (repo / "dist").mkdir()
        (repo / "dist" / NAME).write_bytes(b'{"bomFormat": "CycloneDX"}')  # which may be replaced
    return snapshot(repo)


def fail_while_weights_are_measured(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def half(self: EmbdBlob) -> Iterator[bytes | memoryview]:
        yield self.prefix
        raise error

    monkeypatch.setattr(EmbdBlob, "chunks", half)


def fail_in_the_middle_of_the_file(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    copy = writer._copy

    def after_the_tokenizer(out: Any, piece: Any, measured: Any) -> None:
        copy(out, piece, measured)
        if piece.name == "attachments/tokenizer.json":
            raise error

    monkeypatch.setattr(writer, "_copy", after_the_tokenizer)


def fail_in_the_check(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(check, "check", failing)


def fail_when_synced(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fsync(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fsync)


def fail_when_the_last_file_is_synced(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        found = os.pread(descriptor, 1 << 12, 0)
        if b"https://in-toto.io/Statement" in found:
            raise error
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)


FAILURES = [
    fail_while_weights_are_measured,
    fail_in_the_middle_of_the_file,
    fail_in_the_check,
    fail_when_synced,
    fail_when_the_last_file_is_synced,
]


@pytest.mark.parametrize("fail", FAILURES)
def test_a_full_disk_is_a_line_and_leaves_nothing(
    repo: Path, before: object, run: Run, monkeypatch: pytest.MonkeyPatch, fail: Callable[..., None]
) -> None:
    fail(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))

    outcome = run("build")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.endswith("No space left on device\n")
    assert outcome.err.count("\n") == 1
    assert snapshot(repo) == before


@pytest.mark.parametrize("fail", FAILURES)
def test_an_interrupted_build_leaves_nothing(
    repo: Path, before: object, run: Run, monkeypatch: pytest.MonkeyPatch, fail: Callable[..., None]
) -> None:
    fail(monkeypatch, KeyboardInterrupt())

    outcome = run("build")

    assert (outcome.code, outcome.out) == (130, "")
    assert "Traceback" not in outcome.err
    assert snapshot(repo) == before


@pytest.mark.parametrize("fail", FAILURES)
def test_a_fault_of_ours_leaves_nothing(
    repo: Path, before: object, run: Run, monkeypatch: pytest.MonkeyPatch, fail: Callable[..., None]
) -> None:
    fail(monkeypatch, AssertionError("a bug"))

    with pytest.raises(AssertionError, match="a bug"):
        run("build")

    assert snapshot(repo) == before


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_failing_build_prints_nothing_but_the_error(
    repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch, as_json: tuple[str, ...]
) -> None:
    fail_in_the_check(monkeypatch, EncoderfileError("it does not run"))

    assert run("build", *as_json) == (1, "", "error: it does not run\n")


def test_a_model_of_nan_is_found_by_running_it(repo: Path, before: object, run: Run) -> None:
    arrays = {name: array * float("nan") for name, array in tensors().items()}
    write_safetensors(repo / "model" / "model.safetensors", arrays)
    changed = snapshot(repo)

    outcome = run("build")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(
        "error: tiny: one inference on the written file failed: the model gives NaN or infinity"
    )
    assert outcome.err.count("\n") == 1
    assert snapshot(repo) == changed


@pytest.mark.parametrize("output", ["pyproject.toml/x", "pyproject.toml/a/b"])
def test_an_output_below_a_file_is_a_line(repo: Path, run: Run, output: str) -> None:
    before = snapshot(repo)

    outcome = run("build", "-o", output)

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: pyproject.toml")
    assert outcome.err.count("\n") == 1
    assert snapshot(repo) == before


def test_the_second_of_two_models_failing_leaves_the_first(repo: Path, run: Run) -> None:
    tables = [
        f'[[tool.encoderfile]]\nname = "{name}"\nversion = "1"\nmodel-type = "sentence_embedding"\npath = "{path}"\n'
        for name, path in (("one", "model"), ("two", "gone"))
    ]
    (repo / "pyproject.toml").write_text("\n".join(tables))

    outcome = run("build", "--json")

    assert (outcome.code, outcome.out) == (1, "")
    assert [path.name for path in (repo / "dist").glob("*.encoderfile")] == ["one-1-portable.encoderfile"]
    assert not list((repo / "dist").glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_build_that_is_told_to_stop_leaves_nothing(repo: Path, before: object, name: str) -> None:
    outcome = start([sys.executable, "-c", _STOPPED, name], os.defpath, PYTHONPATH=PYTHONPATH, cwd=str(repo))

    assert (outcome.code, outcome.out) == (128 + signal.Signals[name], "")
    assert "Traceback" not in outcome.err
    assert snapshot(repo) == before
