"""What somebody else may have put in a file's place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import open_file, read_file
from hatch_encoderfile.files.boundary import Boundary, is_regular
from hatch_encoderfile.models.inputs import InputFiles
from hatch_encoderfile.signatures.keys import read_public
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(("length", "largest"), [(0, 0), (0, 5), (4, 5), (5, 5)])
def test_a_file_is_read_up_to_its_limit(tmp_path: Path, length: int, largest: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * length)

    assert read_file(tmp_path / "file", largest) == b"x" * length


def test_one_byte_more_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 6)

    with pytest.raises(ValueError, match="is larger than 5 bytes"):
        read_file(tmp_path / "file", 5)


def test_a_link_to_a_file_is_opened_and_is_none_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")

    assert read_file(tmp_path / "link", 1) == b"x"
    assert [is_regular(tmp_path / name) for name in ("file", "link", "missing", ".")] == [True, False, False, False]


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda path: read_file(path, 9), id="bounded"),
        pytest.param(open_file, id="open"),
        pytest.param(lambda path: InputFiles({}, None, Boundary(path.parent)).read(path, "file"), id="model"),
        pytest.param(read_public, id="key"),
        pytest.param(read_spec, id="spec"),
    ],
)
@pytest.mark.parametrize("make", [pytest.param(os.mkfifo, id="pipe"), pytest.param(os.mkdir, id="directory")])
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, read: Callable[[Path], object], make: Callable[[Path], None]
) -> None:
    path = tmp_path / "file.toml"
    make(path)

    with pytest.raises((ValueError, EncoderfileError), match="is not a regular file"):
        read(path)
