from __future__ import annotations

import io
import tarfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.description import Tool
from hatch_encoderfile.bases.standalone import builder
from hatch_encoderfile.bases.standalone.builder import LICENSES, Builder
from hatch_encoderfile.bases.standalone.pins import Lock, read_lock
from hatch_encoderfile.bases.standalone.results import Store
from hatch_encoderfile.bases.standalone.toolchain import TARGETS, Toolchain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hatch_encoderfile.bases.standalone.pins import Source
    from hatch_encoderfile.bases.standalone.recipes.step import Step

_NATIVE, _CROSS = TARGETS
_VERSION = read_lock().source("cpython").version


class _Recipes:
    """Recipes that write down what they were given: `cpython` needs zlib, and itself for this machine."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.fails = False

    def module(self, name: str) -> SimpleNamespace:
        name = name.rpartition(".")[2]
        needs = {"cpython": ("zlib",)}.get(name, ())
        return SimpleNamespace(__name__=name, NEEDS=needs, NEEDS_NATIVE=("cpython",) * bool(needs), build=self._build)

    def _build(self, step: Step) -> None:
        self.steps.append(step)
        if self.fails:
            raise EncoderfileError("gcc failed")
        (step.result / "made").write_text((step.source / "file").read_text())

    @property
    def built(self) -> list[tuple[str, str]]:
        return [(step.source.name.partition("-")[0], step.toolchain.target) for step in self.steps]


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> _Recipes:
    made = _Recipes()
    lock = read_lock()
    monkeypatch.setattr(builder, "import_module", made.module)
    monkeypatch.setattr(builder, "_files", lambda _: [])
    monkeypatch.setattr(builder, "native", lambda: _NATIVE)
    monkeypatch.setattr(builder, "find_toolchain", _toolchain)
    monkeypatch.setattr(builder, "obtain", _archive)
    monkeypatch.setattr(builder, "read_lock", lambda: Lock(lock.ingredients, lock.tools))
    return made


def _toolchain(target: str) -> Toolchain:
    return Toolchain(target, target, "" if target == _NATIVE else "cross-", (Tool("gcc", "12"),), ())


def _archive(source: Source, folder: Path, _: Callable[[str], None]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.name}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("file", *source.licenses):
            member = tarfile.TarInfo(f"{source.root}/{name}")
            member.size = len(source.name)
            tar.addfile(member, io.BytesIO(source.name.encode()))
    return path


@pytest.fixture
def build(tmp_path: Path, recipes: _Recipes) -> Callable[[str, str], Path]:
    """Make one ingredient with a builder of its own; `recipes` tells what was built for it."""

    def build(name: str, target: str) -> Path:
        assert recipes is not None
        (tmp_path / "work").mkdir(exist_ok=True)
        made = Builder(tmp_path / "sources", Store(tmp_path / "store"), tmp_path / "work", 2, lambda _: None)
        return made.make(name, target).path

    return build


def test_what_is_needed_comes_first(build: Callable[[str, str], Path], recipes: _Recipes) -> None:
    assert (build("cpython", _NATIVE) / "made").read_text() == "cpython"
    assert recipes.built == [("zlib", _NATIVE), ("Python", _NATIVE)]
    assert recipes.steps[1].needs.keys() == {"zlib"}


def test_another_machine_needs_the_same_for_this_one(build: Callable[[str, str], Path], recipes: _Recipes) -> None:
    build("cpython", _CROSS)
    assert recipes.built == [("zlib", _CROSS), ("zlib", _NATIVE), ("Python", _NATIVE), ("Python", _CROSS)]
    assert recipes.steps[-1].needs.keys() == {"zlib", "native cpython"}


def test_the_licence_texts_are_part_of_the_result(build: Callable[[str, str], Path]) -> None:
    titles = ("LICENSE", "Doc/license.rst")
    expected = "\n".join(f"==== cpython {_VERSION}: {title}\n\ncpython" for title in titles)
    assert expected == (build("cpython", _NATIVE) / LICENSES).read_text()


def test_a_second_builder_compiles_nothing(build: Callable[[str, str], Path], recipes: _Recipes) -> None:
    first = build("cpython", _NATIVE)
    count = len(recipes.steps)
    assert first == build("cpython", _NATIVE)
    assert count == len(recipes.steps)


def test_tools_are_for_this_machine_whatever_the_target(
    build: Callable[[str, str], Path], recipes: _Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "obtain", lambda source, *rest: _archive(source._replace(root="x"), *rest))
    monkeypatch.setattr(
        builder, "read_lock", lambda: Lock({}, {"cython": read_lock().source("cython")._replace(root="x")})
    )
    assert build("cython", _CROSS) == build("cython", _NATIVE)
    assert [_NATIVE] == [target for _, target in recipes.built]


def test_nothing_but_the_result_stays(build: Callable[[str, str], Path], tmp_path: Path) -> None:
    build("zlib", _NATIVE)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_failure_leaves_what_it_was_working_on(
    build: Callable[[str, str], Path], recipes: _Recipes, tmp_path: Path
) -> None:
    recipes.fails = True
    with pytest.raises(EncoderfileError, match="gcc failed"):
        build("zlib", _NATIVE)
    assert [f"zlib-{_NATIVE}"] == [path.name for path in (tmp_path / "work").iterdir()]


def test_no_path_of_this_machine_is_left_in_what_compilers_write(
    build: Callable[[str, str], Path], recipes: _Recipes
) -> None:
    build("cpython", _CROSS)
    step = recipes.steps[-1]
    mapped = {item.split("=")[1] for item in step.cflags.split() if item.startswith("-ffile-prefix-map=")}
    assert {str(step.source), str(step.work), *map(str, step.needs.values())} == mapped
