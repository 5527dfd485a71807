"""Tiny executables of every model type, and their command line in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.processes import Outcome
from support.task_repos import MODEL_TYPES, write_task_repo

from encoderfile_runtime.start import main as cli
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run


@pytest.fixture(scope="session")
def executables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An encoderfile of each model type."""
    made = {}
    for model_type in MODEL_TYPES:
        [spec] = read_spec(write_task_repo(tmp_path_factory.mktemp(model_type), model_type))
        made[model_type] = build(spec, target="portable").path
    return made


@pytest.fixture
def run(executables: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `./FILE ARGUMENT…` on a file, or on that of a model type."""

    def command(file: Path | str, *arguments: str) -> Outcome:
        path = executables[file] if isinstance(file, str) else file
        capsys.readouterr()
        try:
            code: Any = cli.main(str(path), arguments)
        except SystemExit as end:
            code = end.code
        return Outcome(code, *capsys.readouterr())

    return command
