"""Archives that reach outside of themselves, as sources of an assembled base. Nothing from outside gets into the base."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.bases.assembled import assemble
from hatch_encoderfile.bases.assembled_recipes import Launcher, Part, Recipe
from hatch_encoderfile.bases.standalone.pins import Source

if TYPE_CHECKING:
    from pathlib import Path

FILE, FOLDER, LINK, HARD, DEVICE = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE
Entry = tuple[str, bytes, str]


def write_tar(path: Path, entries: list[Entry]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, kind, linkname in [("bin/start", FILE, ""), *entries]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, linkname
            info.size = 2 if kind == FILE else 0
            tar.addfile(info, io.BytesIO(b"ok"))


def source(path: Path, name: str) -> Source:
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    return Source(name, "1", "MIT", (), f"pkg:generic/{name}@1", path.name, "", len(data), sha256, ("https://e.org/",))


def base_of(folder: Path, archive: Path) -> bytes:
    """A base that takes all that is in an archive."""
    launcher, other = folder / "launcher", folder / "other.tar"
    launcher.write_bytes(b"launcher")
    write_tar(other, [])
    parts = tuple(Part(source(path, name), ("*",), (), name) for path, name in ((archive, "cpython"), (other, "numpy")))
    start = ("numpy/bin/start",)
    recipe = Recipe(
        "aarch64-apple-darwin", "macOS 11.0", Launcher(source(launcher, "launcher"), ()), start, start, parts
    )
    return assemble(recipe, launcher, {"cpython": archive, "numpy": other})


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([("../x", FILE, "")], id="a file above"),
        pytest.param([("/x", FILE, "")], id="a file at the root"),
        pytest.param([("a/../../x", FILE, "")], id="a file above, by a folder"),
        pytest.param([("a\\..\\x", FILE, "")], id="a file with backslashes"),
        pytest.param([("x", LINK, "/etc/passwd")], id="a link to the root"),
        pytest.param([("x", LINK, "../secret")], id="a link above"),
        pytest.param([("a/x", LINK, "../../secret")], id="a link above, from a folder"),
        pytest.param([("x", LINK, "gone")], id="a link to nothing"),
        pytest.param([("x", LINK, "y"), ("y", LINK, "x")], id="links in circles"),
        pytest.param([("x", HARD, "../secret")], id="a hard link above"),
        pytest.param([("x", HARD, "gone")], id="a hard link to nothing"),
        pytest.param([("x", DEVICE, "")], id="a device"),
        pytest.param(
            [("top", FOLDER, ""), ("d/e/s", LINK, "../../top"), ("x", LINK, "d/e/s/../../secret")],
            id="a link above, by a link that makes a path shorter",
        ),
        pytest.param([("up", LINK, "."), ("up/x", FILE, "")], id="a file through a link"),
        pytest.param([("bin/start", FILE, "")], id="a file twice"),
    ],
)
def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path, entries: list[Entry]) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    write_tar(tmp_path / "a.tar", entries)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(FormatError):
        base_of(tmp_path, tmp_path / "a.tar")
    assert {"launcher", "other.tar"} == {path.name for path in tmp_path.iterdir()} - {path.name for path in before}


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "c:x"])
def test_a_wheel_that_reaches_outside_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr(name, b"ok")

    with pytest.raises(FormatError, match="expected a relative path within the archive"):
        base_of(tmp_path, tmp_path / "a.whl")


@pytest.mark.parametrize("name", ["größe", "a" * 250])
def test_a_name_that_no_archive_of_a_base_may_have_is_refused(tmp_path: Path, name: str) -> None:
    write_tar(tmp_path / "a.tar", [(name, FILE, "")])

    with pytest.raises(FormatError):
        base_of(tmp_path, tmp_path / "a.tar")


def test_a_tar_that_says_it_is_huge_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.size = 1 << 40
    (tmp_path / "a.tar").write_bytes(info.tobuf() + bytes(1024))

    with pytest.raises(FormatError, match="has more than"):
        base_of(tmp_path, tmp_path / "a.tar")
