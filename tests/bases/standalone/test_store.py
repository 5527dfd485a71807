from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.description import Tool
from hatch_encoderfile.bases.standalone.pins import read_lock
from hatch_encoderfile.bases.standalone.results import Store, key_of
from hatch_encoderfile.bases.standalone.toolchain import Toolchain

if TYPE_CHECKING:
    from pathlib import Path

_TOOLCHAIN = Toolchain("x86_64-unknown-linux-gnu", "x86_64-linux-gnu", "", (Tool("gcc", "12"),), (("libc.a", "00"),))
_SOURCE = read_lock().source("zlib")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.py"
    path.write_text("a recipe")
    return path


def test_the_same_things_have_the_same_key(recipe: Path) -> None:
    assert key_of(_SOURCE, _TOOLCHAIN, {"zlib": "1"}, [recipe]) == key_of(_SOURCE, _TOOLCHAIN, {"zlib": "1"}, [recipe])


def test_the_key_changes_with_all_that_decides_the_result(recipe: Path, tmp_path: Path) -> None:
    other_recipe = tmp_path / "other" / recipe.name
    other_recipe.parent.mkdir()
    other_recipe.write_text("another recipe")
    keys = [
        key_of(_SOURCE, _TOOLCHAIN, {}, [recipe]),
        key_of(_SOURCE._replace(sha256="00" * 32), _TOOLCHAIN, {}, [recipe]),
        key_of(_SOURCE._replace(licenses=("COPYING",)), _TOOLCHAIN, {}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN._replace(versions=(Tool("gcc", "13"),)), {}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN._replace(libraries=(("libc.a", "01"),)), {}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN._replace(target="aarch64-unknown-linux-gnu"), {}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN._replace(prefix="x86_64-linux-gnu-"), {}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN, {"openssl": "1"}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN, {"openssl": "2"}, [recipe]),
        key_of(_SOURCE, _TOOLCHAIN, {}, [other_recipe]),
    ]
    assert len(keys) == len(set(keys))


def test_where_a_recipe_lies_does_not_change_the_key(recipe: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved" / recipe.name
    moved.parent.mkdir()
    moved.write_text("a recipe")
    assert key_of(_SOURCE, _TOOLCHAIN, {}, [recipe]) == key_of(_SOURCE, _TOOLCHAIN, {}, [moved])


def test_a_result_is_made_once(tmp_path: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("x")

    paths = {Store(tmp_path / "store").get("zlib", "ab" * 32, make) for _ in range(2)}
    assert {tmp_path / "store" / f"zlib-{'ab' * 16}"} == paths
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "store").iterdir()] == [f"zlib-{'ab' * 16}"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise EncoderfileError("the compiler failed")

    with pytest.raises(EncoderfileError, match="the compiler failed"):
        Store(tmp_path / "store").get("zlib", "ab" * 32, fail)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(EncoderfileError, match=str(tmp_path / "store")):
        Store(tmp_path / "store").get("zlib", "ab" * 32, lambda _: None)
