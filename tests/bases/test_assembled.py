"""Bases put together from pinned archives, with small ones in place of CPython and numpy."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from support.made_bases import MACOS, WINDOWS, X86

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, FaultsError, FormatError, IntegrityError, UsageError
from encoderfile_runtime.format.base_archive import Flavour, read_base
from hatch_encoderfile.bases import assembled, portable
from hatch_encoderfile.bases import build as making
from hatch_encoderfile.bases.assembled_recipes import Launcher, Part, Recipe, parse, recipes
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.bases.description import read_description
from hatch_encoderfile.bases.standalone.pins import Source
from hatch_encoderfile.bases.verify import verify_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYTHON = {
    "python/bin/python3.13": b"\xcf\xfa\xed\xfe an interpreter",
    "python/lib/python3.13/os.py": b"import sys\n",
    "python/lib/python3.13/test/test_os.py": b"assert True\n",
    "python/lib/python3.13/LICENSE.txt": b"PSF licence",
    "python/share/man/python.1": b".TH",
}
NUMPY = {
    "numpy/__init__.py": b"__version__ = '2.4.6'\n",
    "numpy/tests/test_all.py": b"assert True\n",
    "numpy-2.4.6.dist-info/licenses/LICENSE.txt": b"BSD licence",
}
FILES = {
    "files/python/bin/python3.13": PYTHON["python/bin/python3.13"],
    "files/python/lib/python3.13/LICENSE.txt": PYTHON["python/lib/python3.13/LICENSE.txt"],
    "files/python/lib/python3.13/os.py": PYTHON["python/lib/python3.13/os.py"],
    "files/site/numpy/__init__.py": NUMPY["numpy/__init__.py"],
}


def write_tar(path: Path, members: Mapping[str, bytes], links: Mapping[str, str] | None = None, mtime: int = 0) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), mtime, 0o755
            tar.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return path


def write_wheel(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in members.items():
            wheel.writestr(name, data)
    return path


def source(path: Path, name: str, root: str = "", licenses: tuple[str, ...] = (), **changes: Any) -> Source:
    data = path.read_bytes()
    return Source(
        name,
        "1.0",
        "MIT",
        licenses,
        f"pkg:generic/{name}@1.0",
        path.name,
        root,
        len(data),
        hashlib.sha256(data).hexdigest(),
        ("https://example.invalid/",),
    )._replace(**changes)


class Builder:
    """A recipe with its archives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.launcher = folder / "launcher"
        self.launcher.write_bytes(b"\xcf\xfa\xed\xfe a launcher")
        self.archives = {
            "cpython": write_tar(folder / "python.tar.gz", PYTHON),
            "numpy": write_wheel(folder / "numpy.whl", NUMPY),
        }

    @property
    def recipe(self) -> Recipe:
        python = source(self.archives["cpython"], "cpython", "python", ("lib/python3.13/LICENSE.txt",))
        numpy = source(self.archives["numpy"], "numpy", "", ("numpy-2.4.6.dist-info/licenses/LICENSE.txt",))
        return Recipe(
            MACOS,
            "macOS 11.0",
            Launcher(source(self.launcher, "launcher"), ()),
            ("python/bin/python3.13", "-I"),
            ("python/bin/python3.13",),
            (
                Part(python, ("bin/*", "lib/*"), ("*/test/*",), "python"),
                Part(numpy, ("numpy/*",), ("*/tests/*",), "site"),
            ),
        )

    def assemble(self, recipe: Recipe | None = None) -> bytes:
        return assembled.assemble(recipe or self.recipe, self.launcher, self.archives)


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    (tmp_path / "builder").mkdir()
    return Builder(tmp_path / "builder")


def resources(base: bytes) -> dict[str, bytes]:
    archive = read_base(memoryview(base), "base")
    assert archive is not None
    return {name: bytes(entry.data) for name, entry in archive.entries.items()}


def test_a_base_holds_what_the_recipe_takes(builder: Builder) -> None:
    made = resources(builder.assemble())

    runtime = {f"files/runtime/{name}": data for name, data in portable.runtime().items()}
    assert FILES | runtime == {name: data for name, data in made.items() if name.startswith("files/")}
    assert {"executables": ["python/bin/python3.13"], "start": ["python/bin/python3.13", "-I"]} == json.loads(
        made["assembled.json"]
    )
    assert b"==== cpython 1.0: lib/python3.13/LICENSE.txt\n\nPSF licence" == made["licenses/cpython.txt"]


def test_a_base_begins_with_the_launcher_and_describes_itself(builder: Builder, tmp_path: Path) -> None:
    made = builder.assemble()

    assert made.startswith(builder.launcher.read_bytes())
    described = read_description(made)
    assert described is not None
    assert (Flavour.ASSEMBLED.name.lower(), MACOS, "macOS 11.0", __version__, "1.0", "1.0") == (
        described.flavour,
        described.target,
        described.floor,
        described.runtime_version,
        described.python,
        described.numpy,
    )
    assert ["cpython", "numpy"] == [item.name for item in described.ingredients]
    (tmp_path / "base").write_bytes(made)
    assert MACOS == verify_file(tmp_path / "base").target


def test_the_same_archives_give_the_same_base(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = builder.assemble()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = os.umask(0o077)
    try:
        assert first == builder.assemble()
    finally:
        os.umask(before)


def test_order_and_times_in_an_archive_do_not_count(builder: Builder) -> None:
    first = resources(builder.assemble())
    write_tar(builder.archives["cpython"], dict(reversed(PYTHON.items())), mtime=1_700_000_000)

    second = resources(builder.assemble())

    assert list(first) == list(second)
    del first["base.json"], second["base.json"]  # the digest of the archive
    assert first == second


def test_a_link_becomes_the_file_that_it_leads_to(builder: Builder) -> None:
    write_tar(builder.archives["cpython"], PYTHON, {"python/bin/python3": "python3.13"})

    assert PYTHON["python/bin/python3.13"] == resources(builder.assemble())["files/python/bin/python3"]


@pytest.mark.parametrize("name", ["cpython", "numpy", "launcher"])
def test_another_file_than_the_pinned_one_is_refused(builder: Builder, name: str) -> None:
    recipe = builder.recipe
    path = builder.archives.get(name, builder.launcher)
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    with pytest.raises(IntegrityError, match="has sha256"):
        builder.assemble(recipe)


def taking(recipe: Recipe, *take: str) -> Recipe:
    first, second = recipe.parts
    return recipe._replace(parts=(first._replace(take=take), second))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda recipe: taking(recipe, "nothing/*"), "nothing is taken"),
        (lambda recipe: taking(recipe, "lib/*"), "python/bin/python3.13: no source has it"),
        (lambda recipe: recipe._replace(executables=("python/x",)), "python/x: no source has it"),
        (lambda recipe: recipe._replace(start=("python/x",)), "python/x: no source has it"),
        (
            lambda recipe: recipe._replace(parts=(recipe.parts[0], *recipe.parts)),
            "python/bin/python3.13: another source has it, too",
        ),
    ],
)
def test_a_recipe_that_does_not_fit_its_archives_is_refused(builder: Builder, change: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        builder.assemble(change(builder.recipe))


def test_a_licence_text_that_is_not_there_is_refused(builder: Builder) -> None:
    write_tar(builder.archives["cpython"], {name: data for name, data in PYTHON.items() if "LICENSE" not in name})

    with pytest.raises(FormatError, match=r"lib/python3\.13/LICENSE\.txt: expected a file of the archive"):
        builder.assemble()


def in_cache(builder: Builder, recipe: Recipe, cache: Path) -> None:
    """Put the recipe's files where a download would."""
    assert recipe.launcher is not None
    for item, path in (
        (recipe.launcher.source, builder.launcher),
        *((part.source, builder.archives[part.source.name]) for part in recipe.parts),
    ):
        place = cache / "base-sources" / item.sha256 / item.file
        place.parent.mkdir(parents=True)
        place.write_bytes(path.read_bytes())


def test_a_complete_recipe_is_all_that_a_target_needs(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, cache = builder.recipe, Cache(tmp_path / "cache")
    in_cache(builder, recipe, cache.root)
    monkeypatch.setattr("hatch_encoderfile.bases.assembled_recipes.recipes", lambda: {MACOS: recipe})

    made = making.make(MACOS, cache, None, lambda _: None)

    assert (made, builder.assemble()) == (cache.chosen(__version__, MACOS), made.path.read_bytes())


def test_what_is_missing_is_said(builder: Builder, tmp_path: Path) -> None:
    recipe = builder.recipe._replace(launcher=None)

    with pytest.raises(UsageError, match=f"target '{MACOS}': a launcher is missing in assembled_recipes.json"):
        assembled.build(recipe, tmp_path / "base", tmp_path)
    with pytest.raises(UsageError, match="there is no launcher for it"):
        builder.assemble(recipe)


@pytest.mark.parametrize("target", [MACOS, WINDOWS, "x86_64-apple-darwin"])
def test_the_recipes_name_pinned_archives(target: str) -> None:
    recipe = recipes()[target]

    assert ["cpython", "numpy"] == [part.source.name for part in recipe.parts]
    assert "a launcher" in recipe.missing
    assert all(part.source.licenses and part.take for part in recipe.parts)
    with pytest.raises(UsageError, match="untested, and no base is published"):
        making.make(target, Cache(files("tests")), None, lambda _: None)  # type: ignore[arg-type]  # is not used


def test_musl_has_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"the one for {X86} needs no libc"):
        making.make("x86_64-unknown-linux-musl", Cache(tmp_path), None, lambda _: None)


COMMITTED = files("hatch_encoderfile.bases").joinpath("assembled_recipes.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"target": "aarch64-apple-darwin"', '"target": "amiga"'),
        ('"name": "numpy"', '"name": "scipy"'),
        ('"floor"', '"ceiling"'),
        ('"sha256": "', '"sha256": "x'),
        ('"into": "python"', '"into": "../python"'),
        ('"into": "python"', '"into": "/python"'),
        ('"file": "cpython', '"file": "../cpython'),
        ('"lib/python3.13/LICENSE.txt"', '"../../LICENSE.txt"'),
        ('"python/bin/python3.13"', '"/bin/sh"'),
        ('"take"', '"grab"'),
        ("{", "["),
    ],
)
def test_a_recipe_with_a_fault_is_refused(old: str, new: str) -> None:
    assert old in COMMITTED

    with pytest.raises(FaultsError, match=r"recipes\.json: "):
        parse(COMMITTED.replace(old, new).encode())


def test_an_archive_that_is_none_is_refused(builder: Builder) -> None:
    builder.archives["cpython"].write_bytes(b"no archive")

    with pytest.raises(EncoderfileError, match="is no archive that can be read"):
        builder.assemble()
