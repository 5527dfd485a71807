"""Imports run one way: the layers stand in pyproject.toml, and no file reaches itself."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest
from importlinter.cli import lint_imports


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("hatch_encoderfile", "encoderfile_runtime", cache_dir=None)


def test_no_file_imports_itself_by_way_of_others(graph: grimp.ImportGraph) -> None:
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    TopologicalSorter(imports).prepare()


def test_a_circle_of_files_would_be_found(graph: grimp.ImportGraph) -> None:
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    imports["encoderfile_runtime.errors"] = {"encoderfile_runtime.loading"}

    with pytest.raises(CycleError):
        TopologicalSorter(imports).prepare()


def test_layers_hold(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.chdir(pytestconfig.rootpath)

    assert lint_imports(no_cache=True) == 0
