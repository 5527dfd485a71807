from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.files.atomic import atomic_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o077, 0o777], ids="umask-{:03o}".format)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    previous = os.umask(request.param)
    yield
    os.umask(previous)


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_the_mode_is_exact_whatever_the_umask(tmp_path: Path, umask: None, mode: int) -> None:
    path = tmp_path / "out"
    with atomic_output(path, mode) as file:
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


def test_parents_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "out"
    with atomic_output(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_what_was_written_can_be_read_back(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "out") as file:
        file.write(b"new")
        file.seek(0)
        assert file.read() == b"new"
        assert file.fileno() > 0


def test_the_old_file_stays_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with atomic_output(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_behind_on_error(tmp_path: Path, error: type[BaseException]) -> None:
    def fail(path: Path) -> None:
        with atomic_output(path) as file:
            file.write(b"half")
            raise error

    (tmp_path / "old").write_bytes(b"old")
    for name in ("old", "new", "a/b/new"):
        with pytest.raises(error):
            fail(tmp_path / name)
    assert list(tmp_path.iterdir()) == [tmp_path / "old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_a_directory_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"), atomic_output(tmp_path):
        pytest.fail("the block ran")


def to_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def to_a_link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def to_a_link_to_a_device(path: Path) -> None:
    path.symlink_to(os.devnull)


def to_a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def to_a_link_below_a_file(path: Path) -> None:
    path.with_name("file").write_bytes(b"")
    path.symlink_to("file/below")


def to_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (to_a_pipe, "is not a regular file"),
        (to_a_link_to_a_pipe, "is not a regular file"),
        (to_a_link_to_a_device, "is not a regular file"),
        (to_a_link_to_nothing, "is a link to nothing"),
        (to_a_link_below_a_file, "is a link to nothing"),
        (to_a_link_to_itself, "symbolic links"),
    ],
)
def test_what_is_no_regular_file_is_refused_and_stays(
    tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    change(tmp_path / "out")
    before = {path: path.lstat().st_mode for path in tmp_path.iterdir()}

    with pytest.raises(EncoderfileError, match=message), atomic_output(tmp_path / "out"):
        pytest.fail("the block ran")

    assert before == {path: path.lstat().st_mode for path in tmp_path.iterdir()}


def test_a_link_to_a_file_is_replaced_and_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "out").symlink_to("file")

    with atomic_output(tmp_path / "out") as file:
        file.write(b"new")

    assert not (tmp_path / "out").is_symlink()
    assert [b"new", b"old"] == [(tmp_path / name).read_bytes() for name in ("out", "file")]


def test_a_name_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="too long"), atomic_output(tmp_path / ("x" * 5000)):
        pytest.fail("the block ran")


def test_a_parent_that_is_a_file_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(EncoderfileError, match="file"), atomic_output(tmp_path / "file" / "a" / "out"):
        pytest.fail("the block ran")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_long_name_needs_no_longer_temporary_name(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with atomic_output(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
