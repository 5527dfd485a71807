from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.bases.standalone.unpack import EPOCH, unpack

if TYPE_CHECKING:
    from pathlib import Path


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, link, mode
    return member


def _tar(path: Path, *members: tarfile.TarInfo, data: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = len(data) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        pytest.param(_member("/etc/passwd"), "expected a relative path within the archive", id="absolute path"),
        pytest.param(_member("a/../../b"), "expected a relative path within the archive", id="path out of it"),
        pytest.param(_member("a\nb"), "expected a relative path within the archive", id="line break in a name"),
        pytest.param(_member("a", tarfile.SYMTYPE, "/etc"), "which is outside of the archive", id="absolute link"),
        pytest.param(
            _member("a/b", tarfile.SYMTYPE, "../../c"), "which is outside of the archive", id="link out of it"
        ),
        pytest.param(
            _member("a", tarfile.LNKTYPE, "../b"), "which is outside of the archive", id="hard link out of it"
        ),
        pytest.param(_member("a", tarfile.CHRTYPE), "expected a file, a folder or a link", id="device"),
        pytest.param(_member("a", tarfile.FIFOTYPE), "expected a file, a folder or a link", id="pipe"),
    ],
)
def test_a_member_that_could_do_harm_is_refused(tmp_path: Path, member: tarfile.TarInfo, fault: str) -> None:
    archive = _tar(tmp_path / "a.tar.gz", member)
    with pytest.raises(FormatError, match=fault):
        unpack(archive, tmp_path / "out")
    assert [archive, tmp_path / "out"] == sorted(tmp_path.iterdir())


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    archive = _tar(
        tmp_path / "a.tar.gz", _member("folder", tarfile.SYMTYPE, "other"), _member("folder/file"), data=b"x"
    )
    with pytest.raises(FormatError, match="has members in each other's place"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.xz", "a.whl"])
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(FormatError, match="is no archive that can be read"):
        unpack(tmp_path / name, tmp_path / "out")


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "a.tar.gz", _member("a"), data=bytes(range(256)) * 99)
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(FormatError, match="is no archive that can be read"):
        unpack(archive, tmp_path / "out")


def test_a_path_out_of_a_wheel_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("../a", b"")
    with pytest.raises(FormatError, match="expected a relative path within the archive"):
        unpack(tmp_path / "a.whl", tmp_path / "out")


def test_owners_times_and_odd_modes_are_left_behind(tmp_path: Path) -> None:
    members = [
        _member("folder", tarfile.DIRTYPE, mode=0o700),
        _member("folder/plain", mode=0o4604),
        _member("folder/program", mode=0o6711),
        _member("link", tarfile.SYMTYPE, "folder/plain"),
    ]
    for member in members:
        member.mtime = 1_700_000_000
    unpack(_tar(tmp_path / "a.tar.gz", *members, data=b"x"), tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix(): path.lstat() for path in (tmp_path / "out").rglob("*")}
    assert found.keys() == {"folder", "folder/plain", "folder/program", "link"}
    assert {EPOCH} == {int(status.st_mtime) for status in found.values()}
    assert stat.S_IMODE(found["folder/plain"].st_mode) == 0o644
    assert stat.S_IMODE(found["folder/program"].st_mode) == 0o755
    assert (tmp_path / "out/link").resolve() == tmp_path / "out/folder/plain"
