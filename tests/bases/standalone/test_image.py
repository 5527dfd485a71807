"""The program's reader of its own file (image.c), compiled alone: what it finds, and every lie that it refuses."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.base_lies import IN_ARCHIVE, IN_TRAILER, MEMBERS, Lie

from encoderfile_runtime.format.base_archive import TRAILER, Kind
from encoderfile_runtime.format.footer import Footer
from hatch_encoderfile.bases import standalone
from hatch_encoderfile.bases.archive import encode_base

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="needs Linux and gcc"),
]

# What only Python looks at: the program uses names as they are, for nothing but comparisons.
ONLY_PYTHON = {
    "module-with-a-slash",
    "module-with-an-empty-part",
    "name-not-ascii",
    "resource-that-climbs",
    "resource-from-the-root",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """image.c with a main function that prints what was found."""
    made = tmp_path_factory.mktemp("program") / "show"
    folder = str(standalone.__path__[0])
    here = os.path.dirname(__file__)  # noqa: PTH120 - joined to text
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-static-libasan", "-static-libubsan"]
    command = ["gcc", "-std=gnu17", "-g", "-O1", "-Wall", "-Wextra", "-Werror", *sanitizers, f"-I{folder}"]
    subprocess.run([*command, f"{here}/show_image.c", f"{folder}/image.c", "-o", str(made)], check=True)
    return made.read_bytes()


def run(path: Path, content: bytes, name: str = "") -> subprocess.CompletedProcess[str]:
    path.write_bytes(content)
    path.chmod(0o755)
    return subprocess.run(
        [name or str(path)],
        executable=path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=path.parent,
    )


def whole_file(base: bytes, manifest_offset: int | None = None) -> bytes:
    """A base with a manifest, an artifact and the footer behind it."""
    manifest = b"manifest"
    offset = len(base) if manifest_offset is None else manifest_offset
    return base + manifest + b"artifact" + Footer(offset, len(manifest)).encode()


FOUND = f"package {Kind.PACKAGE:d} code\nlicenses/a.txt {Kind.RESOURCE:d} licence\n"


def test_a_base_alone_is_read(program: bytes, tmp_path: Path) -> None:
    done = run(tmp_path / "base", encode_base(program, MEMBERS))

    assert (0, f"{tmp_path}/base\n{FOUND}", "") == (done.returncode, done.stdout, done.stderr)


def test_a_file_on_a_base_is_read(program: bytes, tmp_path: Path) -> None:
    done = run(tmp_path / "file", whole_file(encode_base(program, MEMBERS)))

    assert (0, f"{tmp_path}/file\n{FOUND}") == (done.returncode, done.stdout)


def test_the_path_is_found_whatever_the_program_is_called(program: bytes, tmp_path: Path) -> None:
    done = run(tmp_path / "base", encode_base(program, MEMBERS), name="another")

    assert f"{tmp_path}/base" == done.stdout.partition("\n")[0]


@pytest.mark.parametrize("lie", [*IN_TRAILER, *IN_ARCHIVE], ids=lambda lie: lie.name)
def test_a_lie_is_refused(program: bytes, tmp_path: Path, lie: Lie) -> None:
    done = run(tmp_path / "base", lie.told(program))

    if lie.name in ONLY_PYTHON:
        assert done.returncode == 0
    else:
        assert (126, "") == (done.returncode, done.stdout)
        assert done.stderr.startswith(f"{tmp_path}/base: ")
        assert done.stderr.endswith(": the file is damaged: get it again\n")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("length", [1, 63, 64, 95, 4096], ids=str)
def test_a_base_that_lost_its_end_is_refused(program: bytes, tmp_path: Path, length: int) -> None:
    done = run(tmp_path / "base", encode_base(program, MEMBERS)[:-length])

    assert (126, 1) == (done.returncode, done.stderr.count("\n"))


@pytest.mark.parametrize("offset", [0, 63, 64, 2**63, 2**64 - 1], ids=str)
def test_a_footer_that_points_elsewhere_is_refused(program: bytes, tmp_path: Path, offset: int) -> None:
    base = encode_base(program, MEMBERS)
    done = run(tmp_path / "file", whole_file(base, offset))

    assert (126, 1) == (done.returncode, done.stderr.count("\n"))


def test_a_trailer_of_another_part_of_the_file_is_refused(program: bytes, tmp_path: Path) -> None:
    base = encode_base(program, MEMBERS)
    trailer = bytearray(base[-TRAILER.size :])
    trailer[24:32] = struct.pack("<Q", len(base))
    done = run(tmp_path / "file", whole_file(base + trailer, len(base) + len(trailer)))

    assert (126, 1) == (done.returncode, done.stderr.count("\n"))
