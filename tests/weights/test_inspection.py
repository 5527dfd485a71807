from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from golden import make_embd
from golden.make_embd import GOLDEN, METADATA, POSITIONS, WORDS

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.weights import safetensors
from hatch_encoderfile.weights.inspection import inspect
from hatch_encoderfile.weights.tensor import StoredTensor

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def test_an_embd_file_is_described(tmp_path: Path) -> None:
    report = inspect(write(tmp_path / "model.embd", GOLDEN["vocabulary.embd"])).to_json()
    tensors = report.pop("tensors")
    assert report == {
        "format": "embd",
        "version": "1.0",
        "flags": ("VOCAB_EMBEDDED", "TENSORS_ALIGNED", "CHECKSUM_ENABLED"),
        "orientation": None,
        "metadata": METADATA,
        "vocabulary_size": 7,
        "special_tokens": {"pad": 0, "unk": 1, "cls": 2, "sep": 3, "mask": 4},
        "parameters": 16,
        "checked": False,
        "warnings": (),
    }
    assert tensors == [
        {
            "name": item.name,
            "dtype": "F32",
            "shape": item.shape,
            "file": "model.embd",
            "offset": offset,
            "length": len(item.data),
            "sha256": None,
        }
        for item, offset in ((WORDS, 512), (POSITIONS, 576))
    ]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_tensor_is_found_where_the_report_says(tmp_path: Path, name: str) -> None:
    raw = GOLDEN[name]
    report = inspect(write(tmp_path / name, raw), full=True)
    assert report.checked
    for tensor in report.tensors:
        expected = hashlib.sha256(raw[tensor.offset : tensor.offset + tensor.length]).hexdigest()
        assert expected == tensor.sha256
    json.dumps(report.to_json(), allow_nan=False)


@pytest.mark.parametrize("orientation", ["pytorch", "transposed"])
def test_a_sequential_file_is_described_as_it_is_stored(tmp_path: Path, orientation: str) -> None:
    report = inspect(write(tmp_path / "model.bin", GOLDEN[f"{orientation}.bin"]))
    assert (report.format, report.version, report.orientation) == ("sequential", "1", orientation)
    assert report.vocabulary_size == 7
    assert report.special_tokens is None
    assert report.tensors[2].shape == {"pytorch": (3, 2), "transposed": (2, 3)}[orientation]


def test_a_sequential_file_of_unknown_orientation_is_described(tmp_path: Path) -> None:
    item = make_embd.Item("query.weight", 0, (2, 2), bytes(16))
    report = inspect(write(tmp_path / "model.bin", make_embd.sequential([item], [])))
    assert report.orientation is None
    assert report.vocabulary_size is None


def test_shards_are_described_with_the_file_of_each_tensor(tmp_path: Path) -> None:
    for name in "ab":
        tensor = StoredTensor(name, "I64", (2,), BytesBlob(bytes(16)))
        write(tmp_path / f"{name}.safetensors", b"".join(safetensors.plan([tensor], {"format": "pt"}).chunks()))
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}')
    report = inspect(index)
    assert report.format == "safetensors-index"
    assert report.metadata == {"format": "pt"}
    assert report.parameters == 4
    assert [(tensor.dtype, tensor.file) for tensor in report.tensors] == [
        ("I64", "a.safetensors"),
        ("I64", "b.safetensors"),
    ]


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        pytest.param(-20, "data_checksum", id="data"),
        pytest.param(GOLDEN["vocabulary.embd"].index(b"##s"), "file_checksum", id="vocabulary"),
    ],
)
def test_damage_is_found_when_every_byte_is_read(tmp_path: Path, offset: int, message: str) -> None:
    raw = bytearray(GOLDEN["vocabulary.embd"])
    raw[offset] ^= 1
    path = write(tmp_path / "model.embd", bytes(raw))
    assert not inspect(path).checked
    with pytest.raises(FormatError, match=message):
        inspect(path, full=True)


def test_a_broken_vocabulary_is_found_when_every_byte_is_read(tmp_path: Path) -> None:
    raw = make_embd.seal(GOLDEN["vocabulary.embd"].replace(b"##s", b"##\xff"))
    path = write(tmp_path / "model.embd", raw)
    with pytest.raises(FormatError, match="token 6 is not UTF-8"):
        inspect(path, full=True)


def test_warnings_are_reported(tmp_path: Path) -> None:
    [warning] = inspect(write(tmp_path / "model.embd", GOLDEN["minimal.embd"])).warnings
    assert warning.startswith("the metadata lacks")
