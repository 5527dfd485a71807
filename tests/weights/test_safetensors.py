from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoderfile_runtime.embd.file import DType
from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.files.limits import Limit
from hatch_encoderfile.weights import safetensors
from hatch_encoderfile.weights.safetensors_header import parse_header
from hatch_encoderfile.weights.tensor import BITS, StoredTensor, to_embd, to_stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def stored(name: str, dtype: str, shape: tuple[int, ...], fill: bytes = b"x") -> StoredTensor:
    return StoredTensor(name, dtype, shape, BytesBlob(fill * (math.prod(shape) * BITS[dtype] // 8)))


def write(path: Path, tensors: Sequence[StoredTensor], metadata: Mapping[str, str]) -> Path:
    path.write_bytes(b"".join(safetensors.plan(tensors, metadata).chunks()))
    return path


def data(tensor: StoredTensor) -> bytes:
    return b"".join(map(bytes, tensor.data.chunks()))


SCALAR, EMPTY, MATRIX = (
    stored("scalar", "F64", ()),
    stored("empty", "U8", (0, 3), b"y"),
    stored("é", "F16", (2, 3), b"z"),
)


def test_what_is_written_is_read_in_the_order_of_the_data(tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", [MATRIX, EMPTY, SCALAR], {"format": "pt"})
    file = safetensors.read(path)
    assert file.paths == (path,)
    assert file.metadata == {"format": "pt"}
    # The widest type comes first, so that each is aligned.
    assert list(file.tensors) == ["scalar", "é", "empty"]
    for tensor in (SCALAR, MATRIX, EMPTY):
        found = file.tensors[tensor.name]
        assert tensor[:3] == found[:3]
        assert data(tensor) == data(found)


def test_the_written_bytes_are_those_of_the_format() -> None:
    blob = safetensors.plan([stored("b", "U8", (3,)), stored("a", "F32", (1,))], {})
    raw = b"".join(blob.chunks())
    header = (
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}'
    )
    expected = (112).to_bytes(8, "little") + header.ljust(112) + b"xxxxxxx"
    assert expected == raw
    assert len(expected) == blob.length


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            stored,
            st.text(min_size=1, max_size=5).filter("__metadata__".__ne__),
            st.sampled_from([name for name, bits in BITS.items() if bits >= 8]),
            st.lists(st.integers(0, 3), max_size=5).map(tuple),
        ),
        max_size=5,
        unique_by=lambda tensor: tensor.name,
    ),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_any_tensors_survive_a_round_trip(tensors: list[StoredTensor], metadata: dict[str, str]) -> None:
    blob = safetensors.plan(tensors, metadata)
    length = int.from_bytes(blob.prefix[:8], "little")
    header = parse_header(blob.prefix[8:], blob.length - 8 - length, "round trip")
    assert length == len(blob.prefix) - 8
    assert metadata == header.metadata
    expected = {tensor.name: (tensor.dtype, tensor.shape, tensor.data.length) for tensor in tensors}
    assert expected == {entry.name: (entry.dtype, entry.shape, entry.stop - entry.start) for entry in header.entries}


def test_packed_types_take_less_than_a_byte(tmp_path: Path) -> None:
    tensors = [stored("f4", "F4", (2, 3)), stored("f6", "F6_E2M3", (4,))]
    file = safetensors.read(write(tmp_path / "model.safetensors", tensors, {}))
    assert [tensor.data.length for tensor in file.tensors.values()] == [3, 3]


def test_shards_are_read_as_one_file(tmp_path: Path) -> None:
    first = write(tmp_path / "model-1.safetensors", [stored("b", "F32", (1,)), stored("d", "F32", (1,))], {"x": "1"})
    second = write(tmp_path / "model-2.safetensors", [stored("a", "F32", (1,))], {"x": "1", "y": "2"})
    path = tmp_path / "model.safetensors.index.json"
    weight_map = {"a": second.name, "b": first.name, "d": first.name}
    path.write_text(json.dumps({"metadata": {"total_size": 12}, "weight_map": weight_map}))
    file = safetensors.read(path)
    assert file.paths == (path, first, second)
    assert list(file.tensors) == ["b", "d", "a"]
    assert file.metadata == {"x": "1", "y": "2"}


def test_what_the_format_cannot_hold_is_refused() -> None:
    with pytest.raises(ModelError, match="'x': tensor name is empty or comes twice"):
        safetensors.plan([stored("x", "U8", (1,)), stored("x", "U8", (1,))], {})


def test_the_name_of_the_metadata_is_no_tensor_name() -> None:
    with pytest.raises(ModelError, match="'__metadata__'"):
        safetensors.plan([stored("__metadata__", "U8", (1,))], {})


def test_a_header_past_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safetensors, "SAFETENSORS_HEADER", Limit(10))
    with pytest.raises(ModelError, match="the header would have 56 bytes, at most 10"):
        safetensors.plan([stored("x", "U8", (1,))], {})


def test_tensors_that_embd_cannot_hold_are_named_with_the_reason() -> None:
    result = to_embd([SCALAR, EMPTY, MATRIX, stored("ids", "I64", (1, 2)), stored("deep", "F32", (1,) * 5)])
    assert [tensor.name for tensor in result.tensors] == ["é"]
    assert result.refused == {
        "scalar": "EMBD has no dtype F64",
        "empty": "shape [0, 3]: EMBD has 1 to 4 dimensions of at least 1",
        "ids": "EMBD has no dtype I64",
        "deep": "shape [1, 1, 1, 1, 1]: EMBD has 1 to 4 dimensions of at least 1",
    }


def test_types_of_embd_have_one_name_in_safetensors() -> None:
    names = ["F32", "F16", "BF16", "I32", "I16", "I8", "U32", "U16", "U8"]
    tensors = to_embd(stored(name, name, (1,)) for name in names).tensors
    assert [tensor.dtype for tensor in tensors] == list(DType)
    assert [to_stored(tensor).dtype for tensor in tensors] == names
