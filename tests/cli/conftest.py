"""The `encoderfile` command, run in this process as a user would run it."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from support.model_repo import write_repo
from support.processes import Outcome

from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.cli import main
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run

ARTIFACTS = ("weights", "model_config", "tokenizer")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `encoderfile ARGUMENT…`; what it printed and its exit code."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: object) -> Outcome:
        handler = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, "argv", ["encoderfile", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            signal.signal(signal.SIGTERM, handler)
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return Outcome(code, _STYLE.sub("", out), _STYLE.sub("", err))

    return command


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model repo, which is the current directory."""
    root = tmp_path / "repo"
    write_repo(root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoderfile with a model in it; not to be changed."""
    [spec] = read_spec(write_repo(tmp_path_factory.mktemp("built")))
    return build(spec, target="portable").path


@pytest.fixture
def parts(built: Path) -> list[str]:
    """The names of the parts, as `inspect` has them."""
    attachments = [part.name for part in Container(str(built)).attachments]
    assert {"attachments/config.json", "attachments/tokenizer.json"} <= {*attachments}
    return ["base", "manifest", *ARTIFACTS, *attachments]


@pytest.fixture
def damaged(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / "damaged.encoderfile"
    data = bytearray(built.read_bytes())
    part = next(part for part in Container(str(built)).artifacts if part.name == "tokenizer")
    data[part.offset + 100] ^= 1
    path.write_bytes(data)
    return path
