"""A subject says of which file it is, and its digest is that of all the file's bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.signed_files import unsigned

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format import footer
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.files.blob import CHUNK
from hatch_encoderfile.signatures.subject import HEAD, Subject, _Whole, read_any, read_encoderfile

if TYPE_CHECKING:
    from pathlib import Path


def test_a_digest_stands_for_a_file(tmp_path: Path) -> None:
    name = f"sha256:{bytes(range(32)).hex()}"

    assert Subject(name, None, bytes(range(32))) == read_any(name)


@pytest.mark.parametrize("digits", ["0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", ""])
def test_another_digest_is_a_usage_error(digits: str) -> None:
    with pytest.raises(UsageError, match="expected sha256: and 64 lower-case hexadecimal digits") as caught:
        read_any(f"sha256:{digits}")

    assert str(caught.value).startswith(f"sha256:{digits}".splitlines()[0])


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_of_any_kind_is_read_piece_by_piece(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    path.write_bytes(content)
    pieces: list[int] = []

    found = read_any(str(path), pieces.append)

    assert Subject(str(path), path, hashlib.sha256(content).digest(), content[:16]) == found
    assert pieces == [min(CHUNK, size - start) for start in range(0, size, CHUNK)]


def test_an_encoderfile_is_read_once_for_its_parts_and_as_a_whole(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    read: list[int] = []

    found = read_encoderfile(file, read.append)

    assert found.report is not None
    assert found._replace(report=None) == Subject(
        str(file),
        file,
        hashlib.sha256(file.read_bytes()).digest(),
        file.read_bytes()[:16],
        manifest=Container(str(file)).manifest,
    )
    assert found.report.path == str(file)
    parts, place = found.report.parts, Container(str(file)).footer
    assert sum(read) == sum(part.length for part in parts) + place.manifest_length + footer.SIZE


@pytest.mark.parametrize("pieces", [[], [15], [16], [17], [1, 1, 1], [10, 6, 1], [10, 10], [0, 20]])
def test_the_head_is_the_first_bytes_however_they_come(pieces: list[int]) -> None:
    content, start = bytes(range(40)), 0
    with _Whole() as beside:
        for piece in pieces:
            beside.update(content[start : start + piece])
            start += piece

    assert HEAD == 16
    assert (content[:start][:16], hashlib.sha256(content[:start]).digest()) == (beside.head, beside.digest())
