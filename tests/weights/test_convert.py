from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from golden import make_embd
from golden.make_embd import BIAS, GOLDEN, METADATA, SEQUENTIAL, TOKENS

from encoderfile_runtime.embd.file import parse
from encoderfile_runtime.errors import FormatError, ModelError, UsageError
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.weights import safetensors
from hatch_encoderfile.weights.convert import convert
from hatch_encoderfile.weights.formats import Format, detect, load
from hatch_encoderfile.weights.sequential import Orientation
from hatch_encoderfile.weights.tensor import StoredTensor

if TYPE_CHECKING:
    from pathlib import Path

LINEAR_EMBD = make_embd.embd([*SEQUENTIAL, BIAS], METADATA, TOKENS)
IDS = StoredTensor("embeddings.position_ids", "I64", (1, 1), BytesBlob(bytes(8)))


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def write_safetensors(path: Path, *tensors: StoredTensor) -> Path:
    return write(path, b"".join(safetensors.plan(tensors, {}).chunks()))


def contents(path: Path) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {
        tensor.name: (tensor.dtype, tensor.shape, b"".join(map(bytes, tensor.data.chunks())))
        for tensor in load(path).tensors
    }


@pytest.mark.parametrize("source", ["model.embd", "model.safetensors", "model.bin", "transposed.bin"])
@pytest.mark.parametrize("suffix", [".embd", ".weights", ".safetensors", ".bin"])
def test_every_format_becomes_every_other_with_the_same_tensors(tmp_path: Path, source: str, suffix: str) -> None:
    embd = write(tmp_path / "model.embd", LINEAR_EMBD)
    write(tmp_path / "transposed.bin", GOLDEN["transposed.bin"])
    convert(embd, tmp_path / "model.safetensors")
    convert(embd, tmp_path / "model.bin")
    target = tmp_path / f"converted{suffix}"
    convert(tmp_path / source, target)
    expected = contents(embd)
    assert expected == contents(target)
    assert oct(target.stat().st_mode & 0o777) == "0o644"


def test_embd_from_a_sequential_file_keeps_the_vocabulary(tmp_path: Path) -> None:
    target = tmp_path / "model.embd"
    notes = convert(write(tmp_path / "model.bin", GOLDEN["transposed.bin"]), target, metadata=METADATA)
    assert notes == []
    assert target.read_bytes() == LINEAR_EMBD


def test_what_does_not_come_along_is_said(tmp_path: Path) -> None:
    embd = write(tmp_path / "model.embd", LINEAR_EMBD)
    assert convert(embd, tmp_path / "model.safetensors") == [
        "the vocabulary of 7 tokens is left out: safetensors has no place for it"
    ]
    assert convert(embd, tmp_path / "model.bin") == [
        f"the metadata is left out, sequential files have none: {', '.join(METADATA)}"
    ]
    assert convert(tmp_path / "model.safetensors", tmp_path / "again.bin")[1:] == [
        "the file has no vocabulary, which cpp_embedder needs: the source has none"
    ]
    assert convert(tmp_path / "model.bin", tmp_path / "again.embd") == [
        f"the metadata lacks {', '.join(METADATA)}, which the EMBD specification requires"
    ]


def test_metadata_survives_safetensors(tmp_path: Path) -> None:
    embd = write(tmp_path / "model.embd", LINEAR_EMBD)
    convert(embd, tmp_path / "model.safetensors")
    assert safetensors.read(tmp_path / "model.safetensors").metadata == {"format": "pt", **METADATA}
    assert convert(tmp_path / "model.safetensors", tmp_path / "again.embd") == []


def test_a_vocabulary_without_special_tokens_is_left_out(tmp_path: Path) -> None:
    source = write(tmp_path / "model.bin", make_embd.sequential([BIAS], ["[PAD]", "[UNK]", "x"]))
    [note, _] = convert(source, tmp_path / "model.embd")
    assert note == "the vocabulary of 3 tokens is left out: it lacks [CLS] [SEP] [MASK]"
    assert parse((tmp_path / "model.embd").read_bytes(), "x").vocabulary is None


def test_position_ids_are_left_out_and_said(tmp_path: Path) -> None:
    tensor = StoredTensor("x", "F32", (1,), BytesBlob(bytes(4)))
    source = write_safetensors(tmp_path / "model.safetensors", tensor, IDS)
    [note, _] = convert(source, tmp_path / "model.embd")
    assert note.startswith("'embeddings.position_ids' is left out: it only counts positions, and EMBD has no dtype I64")
    assert list(contents(tmp_path / "model.embd")) == ["x"]


def test_all_tensors_that_the_target_cannot_hold_are_named(tmp_path: Path) -> None:
    wide = [StoredTensor(name, "F64", (1,), BytesBlob(bytes(8))) for name in "ab"]
    source = write_safetensors(tmp_path / "model.safetensors", *wide)
    with pytest.raises(ModelError) as raised:
        convert(source, tmp_path / "model.embd")
    assert raised.value.faults == ("'a': EMBD has no dtype F64", "'b': EMBD has no dtype F64")
    assert not (tmp_path / "model.embd").exists()


def test_shards_become_one_file(tmp_path: Path) -> None:
    tensors = {name: StoredTensor(name, "F64", (1,), BytesBlob(name.encode() * 8)) for name in "ab"}
    for name, tensor in tensors.items():
        write_safetensors(tmp_path / f"{name}.safetensors", tensor)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: f"{name}.safetensors" for name in tensors}}))
    assert convert(index, tmp_path / "model.safetensors") == []
    assert contents(tmp_path / "model.safetensors") == contents(index)


def test_an_orientation_is_given_where_shapes_do_not_tell(tmp_path: Path) -> None:
    square = make_embd.Item("query.weight", 0, (2, 2), make_embd.floats(1, 2, 3, 4))
    source = write(tmp_path / "model.bin", make_embd.sequential([square], []))
    with pytest.raises(UsageError, match="give the orientation"):
        convert(source, tmp_path / "model.embd")
    convert(source, tmp_path / "model.embd", orientation=Orientation.TRANSPOSED)
    assert contents(tmp_path / "model.embd")["query.weight"][2] == make_embd.floats(1, 3, 2, 4)


def test_an_orientation_of_another_format_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "model.embd", LINEAR_EMBD)
    with pytest.raises(UsageError, match="an orientation is for sequential files, this is embd"):
        convert(source, tmp_path / "model.bin", orientation=Orientation.PYTORCH)


def test_the_format_is_given_or_told_by_the_suffix(tmp_path: Path) -> None:
    source = write(tmp_path / "model.embd", LINEAR_EMBD)
    for target, given in (("out", None), ("out.safetensors", Format.SAFETENSORS_INDEX)):
        with pytest.raises(UsageError, match=r"give the format, or one of the suffixes \.embd, \.weights"):
            convert(source, tmp_path / target, format=given)
    convert(source, tmp_path / "out", format=Format.SEQUENTIAL)
    assert detect(tmp_path / "out") is Format.SEQUENTIAL


def test_a_file_is_not_converted_onto_itself(tmp_path: Path) -> None:
    source = write(tmp_path / "model.embd", LINEAR_EMBD)
    target = tmp_path / "link.embd"
    os.link(source, target)
    with pytest.raises(UsageError, match="source and target are the same file"):
        convert(source, target)


def test_a_damaged_source_is_not_converted(tmp_path: Path) -> None:
    raw = bytearray(LINEAR_EMBD)
    raw[-20] ^= 1
    source = write(tmp_path / "model.embd", bytes(raw))
    with pytest.raises(FormatError, match="data_checksum"):
        convert(source, tmp_path / "model.safetensors")
    assert [source] == list(tmp_path.iterdir())


def test_conversion_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = write(tmp_path / "model.bin", GOLDEN["transposed.bin"])
    convert(source, tmp_path / "a.embd")
    convert(source, tmp_path / "sub" / "b.embd")
    assert (tmp_path / "a.embd").read_bytes() == (tmp_path / "sub" / "b.embd").read_bytes()
