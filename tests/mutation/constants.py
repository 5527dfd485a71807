"""Limits and sizes, which stand in modules as constants: one less, one more, 256 times as large."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mutation.results import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 300  # a test that needs longer has noticed
_CHANGES = ("({}) - 1", "({}) + 1", "({}) * 256")


class Constant(NamedTuple):
    """An integer that a module names, and where its value stands in the source."""

    name: str
    value: str
    start: int
    end: int


def find(source: str) -> Iterator[Constant]:
    """Find the constants of a module whose values are written as numbers, or as sums, products and shifts of numbers."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for statement in ast.parse(source).body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name) and _is_integer(statement.value):
            value = statement.value
            text = ast.get_source_segment(source, value) or ""
            start = starts[value.lineno - 1] + value.col_offset
            yield Constant(target.id, text, start, start + len(text))


def _is_integer(value: ast.expr) -> bool:
    if isinstance(value, ast.BinOp):
        return _is_integer(value.left) and _is_integer(value.right)
    return isinstance(value, ast.Constant) and type(value.value) is int


def run(folder: Path, files: list[str], jobs: int) -> list[Mutant]:
    """Change each constant of the files and run the tests that reach functions of its module, as mutmut recorded them."""
    stats = json.loads(folder.joinpath("mutants", "mutmut-stats.json").read_text("utf-8"))
    tried = []
    for file in files:
        source = folder.joinpath(file).read_text("utf-8")
        module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        reached = {name for name in stats["tests_by_mangled_function_name"] if name.rpartition(".")[0] == module}
        found = {test for name in reached for test in stats["tests_by_mangled_function_name"][name]}
        tests = sorted(found, key=stats["duration_by_test"].__getitem__)
        constants = list(find(source))
        if constants and not _try(folder, file, "", file, source, tests).survived:
            raise SystemExit(f"{file}: its tests fail without a change")
        for constant in constants:
            for change in _CHANGES:
                changed = change.format(constant.value)
                text = source[: constant.start] + changed + source[constant.end :]
                where, what = f"{file}::{constant.name}", f"{constant.value} -> {changed}"
                tried.append((where, what, file, text, tests))
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda mutant: _try(folder, *mutant), tried))


def _try(folder: Path, where: str, change: str, file: str, text: str, tests: list[str]) -> Mutant:
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mutants", "mutmut.log"))
        Path(copy, file).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", *tests]
        try:
            result = subprocess.run(
                command, cwd=copy, timeout=_SECONDS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
        except subprocess.TimeoutExpired:
            return Mutant(where, change, survived=False)
        return Mutant(where, change, survived=not tests or result.returncode == 0)
