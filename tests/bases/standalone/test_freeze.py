"""Which modules are frozen, and that the same sources always give the same bytes."""

from __future__ import annotations

import marshal
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.base_archive import Kind
from hatch_encoderfile.bases.standalone import modules
from hatch_encoderfile.bases.standalone.freeze import Frozen, freeze, run_freezer

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 marshals code differently")

PYTHON = Path(sys.executable)
RUNTIME = Path(__file__).parents[3] / "runtime"


def write(folder: Path, sources: Mapping[str, str]) -> Path:
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def frozen(folder: Path, *roots: str) -> Frozen:
    return run_freezer(PYTHON, [folder], roots, 2)


def names(result: Frozen) -> list[str]:
    return [member.name for member in result.members]


def test_what_is_imported_is_reached_in_its_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.py": "import b\ndef f():\n    import d\nclass C:\n    import c\n",
            "b.py": "try:\n    import e\nexcept ImportError:\n    pass\n",
            "c.py": "",
            "d.py": "",
            "e.py": "",
            "never.py": "",
        },
    )

    assert ["a", "b", "e", "c", "d"] == names(frozen(tmp_path, "a"))


def test_relative_imports_and_packages_are_followed(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "p/__init__.py": "from . import one",
            "p/one.py": "from .q.two import thing\nfrom .q import three",
            "p/q/__init__.py": "",
            "p/q/two.py": "thing = 1",
            "p/q/three.py": "from ... import p",
        },
    )

    result = frozen(tmp_path, "p")

    assert ["p", "p.one", "p.q", "p.q.two", "p.q.three"] == names(result)
    assert {"p": Kind.PACKAGE, "p.q": Kind.PACKAGE} == {
        member.name: member.kind for member in result.members if member.kind is Kind.PACKAGE
    }


def test_what_only_type_checkers_import_is_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.py": "if TYPE_CHECKING:\n    import b\nelse:\n    import c\nif typing.TYPE_CHECKING:\n    import b\n",
            "b.py": "",
            "c.py": "",
        },
    )

    assert ["a", "c"] == names(frozen(tmp_path, "a"))


def test_what_is_left_out_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import unittest.mock", "unittest/__init__.py": "", "unittest/mock.py": ""})

    assert ["a"] == names(frozen(tmp_path, "a"))


def test_names_that_no_folder_has_are_reported(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import sys\nfrom other import name\nfrom b import attribute\n", "b.py": ""})

    assert ("other", "other.name", "sys") == frozen(tmp_path, "a").unresolved


def test_asserts_docstrings_and_paths_stay_behind(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "'''A docstring.'''\nassert False, 'an assertion'\n"})

    (member,) = frozen(tmp_path, "a").members

    assert b"docstring" not in member.data
    assert b"assertion" not in member.data
    assert str(tmp_path).encode() not in member.data
    assert marshal.loads(member.data).co_filename == "<encoderfile>/a.py"  # noqa: S302 - our own bytes


def test_the_same_sources_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"a.py": "x = {'b', 'c', 'd'} & {1, 2}\ndef f(y=frozenset('abc')): return y in {'p', 'q', 'r'}\n"}
    one, other = write(tmp_path / "one", sources), write(tmp_path / "other", sources)

    monkeypatch.setenv("PYTHONHASHSEED", "1")
    first = frozen(one, "a")
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    assert first == frozen(other, "a")


def test_a_module_that_does_not_compile_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "def"})

    with pytest.raises(
        EncoderfileError, match=r"cannot compile modules of the base: <encoderfile>/a.py, line 1: invalid syntax"
    ):
        frozen(tmp_path, "a")


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="missing: No such file"):
        run_freezer(tmp_path / "missing", [tmp_path], ["a"], 2)


@pytest.fixture(scope="module")
def of_the_runtime(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    """What is frozen of this tree's runtime, on this Python's library, without numpy."""
    cache = tmp_path_factory.mktemp("modules")
    members = freeze(PYTHON, RUNTIME, [Path(os.__file__).parent], cache)
    again = freeze(PYTHON, RUNTIME, [Path(os.__file__).parent], cache)
    assert members == again
    return {member.name: member.kind for member in members}


@pytest.mark.slow
def test_all_of_the_runtime_is_frozen(of_the_runtime: dict[str, Kind]) -> None:
    paths = (path.relative_to(RUNTIME) for path in (RUNTIME / modules.RUNTIME).rglob("*.py"))
    expected = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths}

    launchers = {f"{modules.RUNTIME}.__main__", f"{modules.RUNTIME}.start.launcher"}
    assert expected - launchers == {name for name in of_the_runtime if name.startswith(modules.RUNTIME)}


@pytest.mark.slow
def test_what_the_interpreter_needs_to_start_is_frozen(of_the_runtime: dict[str, Kind]) -> None:
    assert {"encodings", "encodings.aliases", "encodings.utf_8", "codecs", "io", "abc"} <= of_the_runtime.keys()


@pytest.mark.slow
def test_nothing_that_is_left_out_is_frozen(of_the_runtime: dict[str, Kind]) -> None:
    roots = {name.partition(".")[0] for name in of_the_runtime}

    assert not roots & {"unittest", "ctypes", "asyncio", "test", "tkinter", "numpy"}


@pytest.mark.parametrize(
    "table", [modules.EXTRAS, modules.LEFT_OUT, modules.EMPTY], ids=["extras", "left-out", "empty"]
)
def test_every_exception_has_its_reason(table: dict[str, str]) -> None:
    assert all(table.values())


def test_the_exceptions_do_not_contradict_each_other() -> None:
    assert not {*modules.EXTRAS, *modules.EMPTY} & modules.LEFT_OUT.keys()
