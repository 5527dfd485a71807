"""`encoderfile build` of several targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile import bases
from hatch_encoderfile.cli import build as command
from hatch_encoderfile.files.blob import BytesBlob

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run

    from hatch_encoderfile.bases import BaseBinary

LINUX = "x86_64-unknown-linux-gnu"
ARM = "aarch64-unknown-linux-gnu"


@pytest.fixture(autouse=True)
def _bases(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(target: str, *_: object) -> BaseBinary:
        if target == ARM:
            raise UsageError("there is none")
        return bases.BaseBinary("a base", BytesBlob(target.encode()), "external", target, "")

    monkeypatch.setattr(bases, "resolve", resolve)
    monkeypatch.setattr(command, "fetch_missing", lambda *_: None)


def test_each_target_becomes_a_file(repo: Path, run: Run) -> None:
    outcome = run("build", "--target", "portable", "--target", LINUX, "--json")

    assert outcome.code == 0
    assert [(item["target"], item["path"]) for item in json.loads(outcome.out)] == [
        (target, str(repo / "dist" / f"tiny-1.2.3-{target}.encoderfile")) for target in ("portable", LINUX)
    ]


def test_those_that_the_spec_declares_are_built(repo: Path, run: Run) -> None:
    with (repo / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f'targets = ["portable", "{LINUX}"]\n')

    outcome = run("build")

    assert outcome.code == 0
    assert [line for line in outcome.out.splitlines() if line.endswith(".encoderfile")] == [
        str(repo / "dist" / f"tiny-1.2.3-{target}.encoderfile") for target in ("portable", LINUX)
    ]


def test_one_target_twice_is_refused(repo: Path, run: Run) -> None:
    outcome = run("build", "--target", LINUX, "--target", LINUX)

    assert (outcome.code, outcome.out) == (2, "")
    assert "two builds would write this file" in outcome.err


def test_those_before_one_that_fails_are_shown(repo: Path, run: Run) -> None:
    outcome = run("build", "--target", LINUX, "--target", ARM)

    first = repo / "dist" / f"tiny-1.2.3-{LINUX}.encoderfile"
    assert outcome.code == 2
    assert outcome.out.splitlines()[0] == str(first)
    assert outcome.err.splitlines()[-1] == "error: there is none"
    assert first.is_file()


def test_nothing_is_built_when_an_output_of_the_last_cannot_be(repo: Path, run: Run) -> None:
    sidecar = repo / "dist" / f"tiny-1.2.3-{LINUX}.encoderfile.cdx.json"
    sidecar.mkdir(parents=True)

    outcome = run("build", "--target", "portable", "--target", LINUX)

    assert (outcome.code, outcome.out) == (2, "")
    assert "is a directory, expected the path of a file" in outcome.err
    assert list((repo / "dist").iterdir()) == [sidecar]
