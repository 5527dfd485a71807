"""The portable base is a pure function of the runtime's sources."""

from __future__ import annotations

import ast
import importlib.resources
import io
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import encoderfile_runtime
from hatch_encoderfile.bases import portable

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNTIME = Path(encoderfile_runtime.__file__).parent
MODULES = sorted(RUNTIME.rglob("*.py"))
HEADER = Path(portable.__file__).with_name("header.sh")
# What a standalone base's program offers, and Python 3.14's zstd; nothing else needs them.
OPTIONAL = {
    "standalone.py": {"_encoderfile_base"},
    "zstd.py": {"_encoderfile_base", "compression"},
}


@pytest.fixture(scope="module")
def base() -> bytes:
    return portable.build()


@pytest.fixture(scope="module")
def archive(base: bytes) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(io.BytesIO(base)) as opened:
        yield opened


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the runtime and the header, from which the base is built."""
    copies = {
        "encoderfile_runtime": tmp_path / "copy" / "runtime",
        "hatch_encoderfile.bases": tmp_path / "copy" / "bases",
    }
    shutil.copytree(RUNTIME, copies["encoderfile_runtime"], ignore=shutil.ignore_patterns("__pycache__"))
    copies["hatch_encoderfile.bases"].mkdir()
    shutil.copy(HEADER, copies["hatch_encoderfile.bases"])
    monkeypatch.setattr(portable, "files", copies.__getitem__)
    return copies["encoderfile_runtime"]


def test_the_same_bytes_each_time(base: bytes) -> None:
    assert portable.build() == base


def test_where_the_sources_lie_does_not_matter(base: bytes, elsewhere: Path) -> None:
    assert portable.build() == base


def test_what_python_and_editors_leave_behind_does_not_matter(base: bytes, elsewhere: Path) -> None:
    (elsewhere / "__pycache__").mkdir()
    for name in ("__pycache__/cli.cpython-311.pyc", "stray.pyc", "cli.py~", ".cli.py.swp", "py.typed", "notes.txt"):
        (elsewhere / name).write_bytes(b"stray")
    (elsewhere / "an empty folder").mkdir()

    assert portable.build() == base


def test_times_modes_and_the_order_of_the_directory_do_not_matter(
    base: bytes, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, path in enumerate(sorted(elsewhere.rglob("*.py"))):
        path.chmod(0o600 if number % 2 else 0o777)
        os.utime(path, (number * 10**7, number * 10**7))
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(sorted(iterdir(self), reverse=True)))

    assert portable.build() == base


def test_a_changed_source_changes_the_base(base: bytes, elsewhere: Path) -> None:
    with (elsewhere / "cli.py").open("a") as file:
        file.write("#")

    assert portable.build() != base


def test_it_is_the_header_and_then_a_zip(base: bytes, archive: zipfile.ZipFile) -> None:
    assert base.startswith(HEADER.read_bytes())
    assert archive.infolist()[0].header_offset == len(HEADER.read_bytes())


def test_the_header_is_short_ascii_for_bin_sh() -> None:
    header = HEADER.read_bytes()

    assert header.startswith(b"#!/bin/sh\n")
    assert header.isascii()
    assert b"\r" not in header
    assert header.endswith(b"\n")


def test_it_holds_the_runtimes_sources_and_the_launcher_as_main(archive: zipfile.ZipFile) -> None:
    expected = {f"encoderfile_runtime/{path.relative_to(RUNTIME).as_posix()}": path.read_bytes() for path in MODULES}
    expected["__main__.py"] = expected.pop("encoderfile_runtime/start/launcher.py")

    assert {name: archive.read(name) for name in archive.namelist()} == expected


def test_entries_are_stored_sorted_and_of_one_date_and_mode(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()

    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {
        (entry.compress_type, entry.date_time, entry.external_attr, entry.create_system, entry.extra, entry.comment)
        for entry in entries
    } == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0o100644 << 16, 3, b"", b"")}
    assert archive.comment == b""


def test_it_comes_from_the_installed_package() -> None:
    assert (
        importlib.resources.files("hatch_encoderfile.bases").joinpath("header.sh").read_bytes() == HEADER.read_bytes()
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RUNTIME).as_posix())
def test_the_runtime_imports_the_standard_library_and_numpy_alone(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(str(node.module).split(".")[0])

    assert imported - sys.stdlib_module_names <= {"numpy", "encoderfile_runtime"} | OPTIONAL.get(path.name, set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(RUNTIME).as_posix())
def test_the_runtime_is_read_by_python_3_10(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
