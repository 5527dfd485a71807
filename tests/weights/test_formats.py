from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from golden import make_embd
from golden.make_embd import GOLDEN, Item, Layout

from encoderfile_runtime.errors import EncoderfileError, FormatError, UsageError
from encoderfile_runtime.files import opened
from hatch_encoderfile.weights.formats import Format, detect, load_embd

if TYPE_CHECKING:
    from pathlib import Path

LONG_NAME = Item("x" * 100, 0, (1,), bytes(4))
UNCHECKED = make_embd.embd([make_embd.POSITIONS], {}, None, Layout(checksums=False))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *(pytest.param(raw, Format.EMBD, id=name) for name, raw in GOLDEN.items() if name.endswith(".embd")),
        *(pytest.param(raw, Format.SEQUENTIAL, id=name) for name, raw in GOLDEN.items() if name.endswith(".bin")),
        pytest.param(make_embd.sequential([LONG_NAME], []), Format.SEQUENTIAL, id="sequential-with-a-long-name"),
        pytest.param(b"EMBD\1\0\0\0\0\0\0\0", Format.SEQUENTIAL, id="sequential-and-short"),
        pytest.param(UNCHECKED, Format.EMBD, id="embd-without-checksums"),
        pytest.param(GOLDEN["minimal.embd"][:-1], Format.EMBD, id="embd-cut-short"),
        pytest.param(GOLDEN["minimal.embd"] + b"x", Format.EMBD, id="embd-with-trailing-byte"),
        pytest.param(GOLDEN["minimal.embd"][:8] + b"\0" + GOLDEN["minimal.embd"][9:], Format.EMBD, id="embd-damaged"),
        pytest.param(bytes(8) + b"{}", Format.SAFETENSORS, id="safetensors"),
    ],
)
def test_the_structure_tells_the_format(tmp_path: Path, raw: bytes, expected: Format) -> None:
    path = tmp_path / "weights"
    path.write_bytes(raw)
    assert expected is detect(path)


def test_an_index_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_bytes(b"")
    assert detect(path) is Format.SAFETENSORS_INDEX


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"PK\3\4rest", "a PyTorch pickle can run code", id="zip"),
        pytest.param(b"\x80\2rest", "a PyTorch pickle can run code", id="pickle"),
        pytest.param(b"", "is neither safetensors nor EMBD", id="empty"),
        pytest.param(b"\x7fELF", "is neither safetensors nor EMBD", id="elf"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "weights"
    path.write_bytes(raw)
    with pytest.raises(UsageError, match=message):
        detect(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="no such file"):
        detect(tmp_path / "missing")


def test_a_directory_is_refused_and_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory, expected a file of weights"):
        detect(tmp_path)


def test_an_empty_file_is_no_embd(tmp_path: Path) -> None:
    path = tmp_path / "weights.embd"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="0 bytes"):
        load_embd(opened(str(path)))
