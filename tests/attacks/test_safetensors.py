from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoderfile_runtime.errors import EncoderfileError, FormatError, ModelError
from hatch_encoderfile.files.limits import SAFETENSORS_HEADER, Limit
from hatch_encoderfile.standards.json import parse_any
from hatch_encoderfile.weights import safetensors
from hatch_encoderfile.weights.safetensors_header import parse_header

if TYPE_CHECKING:
    from pathlib import Path

A = {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}
B = {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]}


def header(**tensors: Any) -> bytes:
    return json.dumps(tensors).encode()


def a(**fields: Any) -> bytes:
    return header(a={**A, **fields})


def write(path: Path, raw: bytes, data: bytes) -> Path:
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
    return path


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", r"begins with b'', expected b'\{'", id="empty"),
        pytest.param(b" " + header(a=A, b=B), "begins with b' '", id="space-before"),
        pytest.param(b"[]", r"begins with b'\['", id="list"),
        pytest.param(header(a=A, b=B) + b"\n", "followed by something other than spaces", id="newline-after"),
        pytest.param(header(a=A, b=B) + b"\0", "followed by something other than spaces", id="zero-after"),
        pytest.param(b"{}{}", "Extra data", id="two-objects"),
        pytest.param(b'{"a": }', "is not UTF-8 JSON", id="not-json"),
        pytest.param(b'{"\xff": 1}', "is not UTF-8 JSON", id="not-utf-8"),
        pytest.param(b'{"\\ud800": 1}', "surrogates not allowed", id="lone-surrogate"),
        pytest.param(b'{"a":' + b"[" * 200_000 + b"}", "is not UTF-8 JSON", id="nested-deep"),
        pytest.param(b'{"a": NaN}', "NaN is not JSON", id="nan"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "is not UTF-8 JSON", id="endless-number"),
        pytest.param(b'{"a": 1, "a": 1}', "the key 'a' comes twice", id="tensor-twice"),
        pytest.param(a()[:-2] + b',"dtype":"F32"}}', "the key 'dtype' comes twice", id="field-twice"),
        pytest.param(header(__metadata__=[]), "__metadata__ is not an object of texts", id="metadata-list"),
        pytest.param(header(__metadata__={"a": 1}), "__metadata__ is not an object of texts", id="metadata-number"),
        pytest.param(header(a=1), "'a': has int, expected exactly", id="tensor-number"),
        pytest.param(a(more=1), "expected exactly dtype, shape and data_offsets", id="unknown-field"),
        pytest.param(header(a={"dtype": "F32"}), "expected exactly dtype, shape and data_offsets", id="missing-field"),
        pytest.param(a(dtype="F33"), "unknown dtype 'F33'", id="unknown-dtype"),
        pytest.param(a(dtype=["F32"]), "unknown dtype", id="dtype-list"),
        pytest.param(a(shape=8), "shape is not a list", id="shape-number"),
        pytest.param(a(shape=[-1, -2]), "shape is not a list", id="negative-size"),
        pytest.param(a(shape=[True, 2]), "shape is not a list", id="boolean-size"),
        pytest.param(a(shape=[1.0, 2]), "shape is not a list", id="fractional-size"),
        pytest.param(a(shape=[2**64]), "shape is not a list", id="size-past-64-bits"),
        pytest.param(a(shape=[1] * 65), "at most 64 sizes", id="rank-65"),
        pytest.param(a(shape=[2**32, 2**32]), "does not take 8 bytes", id="product-wraps-to-0"),
        pytest.param(a(shape=[3]), "does not take 8 bytes", id="shape-too-big"),
        pytest.param(a(dtype="F4", shape=[3], data_offsets=[0, 1]), "does not take 1 bytes", id="half-a-byte"),
        pytest.param(a(data_offsets=[0]), "data_offsets is not a range", id="one-offset"),
        pytest.param(a(data_offsets=[8, 0]), "data_offsets is not a range", id="backward-range"),
        pytest.param(a(data_offsets=["0", "8"]), "data_offsets is not a range", id="offsets-text"),
        pytest.param(header(a=A), "cover 8 bytes, the file has 11 bytes of data", id="bytes-after-the-last"),
        pytest.param(header(b=B), "'b': begins at byte 8 of the data and leaves a hole", id="hole-at-the-start"),
        pytest.param(header(a=A, b={**B, "data_offsets": [9, 12]}), "leaves a hole", id="hole"),
        pytest.param(header(a=A, b={**B, "data_offsets": [7, 10]}), "overlaps the tensor before it", id="overlap"),
        pytest.param(header(a=A, b=A), "overlaps the tensor before it", id="shared"),
        pytest.param(header(a=A, b={**B, "shape": [4], "data_offsets": [8, 12]}), "cover 12 bytes", id="past-the-end"),
        pytest.param(header(), "cover 0 bytes, the file has 11", id="no-tensors"),
    ],
)
def test_a_broken_header_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    path = write(tmp_path / "model.safetensors", raw, bytes(11))
    with pytest.raises(FormatError, match=message) as raised:
        safetensors.read(path)
    assert raised.value.path == str(path)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(7), id="seven-bytes"),
        pytest.param(b"\3" + bytes(7) + b"{}", id="one-past-the-end"),
        pytest.param(b"\xff" * 8 + b"{}", id="2-to-the-64"),
        pytest.param((SAFETENSORS_HEADER.size + 1).to_bytes(8, "little") + b"{}", id="past-the-cap"),
    ],
)
def test_a_header_length_that_lies_is_refused_before_anything_is_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="at offset 0: the header's length is"):
        safetensors.read(path)


def index(directory: Path, weight_map: Any) -> Path:
    write(directory / "1.safetensors", header(a=A), bytes(8))
    write(directory / "2.safetensors", header(b={**B, "data_offsets": [0, 3]}), bytes(3))
    path = directory / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return path


@pytest.mark.parametrize(
    "name",
    ["../1.safetensors", "/1.safetensors", "sub/1.safetensors", "sub\\1.safetensors", "C:1.safetensors", "", "..",
     ".safetensors", "\0.safetensors", "1.bin"],
)  # fmt: skip
def test_a_shard_outside_the_directory_is_refused(tmp_path: Path, name: str) -> None:
    path = index(tmp_path, {"a": name, "b": "2.safetensors"})
    with pytest.raises(ModelError, match="weight_map names the shard") as raised:
        safetensors.read(path)
    assert len(raised.value.faults) == 1


def test_missing_shards_are_all_named(tmp_path: Path) -> None:
    path = index(tmp_path, {"a": "3.safetensors", "b": "4.safetensors", "c": "1.safetensors"})
    with pytest.raises(ModelError) as raised:
        safetensors.read(path)
    expected = ("3.safetensors: the shard is missing", "4.safetensors: the shard is missing")
    assert expected == raised.value.faults


def test_every_disagreement_of_index_and_shards_is_named(tmp_path: Path) -> None:
    path = index(tmp_path, {"a": "2.safetensors", "c": "1.safetensors"})
    with pytest.raises(ModelError) as raised:
        safetensors.read(path)
    assert raised.value.faults == (
        "'a': lies in 1.safetensors, weight_map says 2.safetensors",
        "'b': lies in 2.safetensors, weight_map says nothing of it",
        "'a': is not in 2.safetensors",
        "'c': is not in 1.safetensors",
    )


@pytest.mark.parametrize("weight_map", [None, {}, [], {"a": 1}, {"a": ["1.safetensors"]}])
def test_an_index_without_a_map_is_refused(tmp_path: Path, weight_map: Any) -> None:
    with pytest.raises(FormatError, match="has no weight_map"):
        safetensors.read(index(tmp_path, weight_map))


def test_an_index_with_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text('{"weight_map": {"a": "1.safetensors", "a": "2.safetensors"}}')
    with pytest.raises(FormatError, match="the key 'a' comes twice"):
        safetensors.read(path)


def test_an_index_that_is_no_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text("[]")
    with pytest.raises(FormatError, match="expected a JSON object, found a list"):
        safetensors.read(path)


def test_an_index_past_the_cap_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safetensors, "SAFETENSORS_INDEX", Limit(10))
    with pytest.raises(FormatError, match="is larger than 10 bytes"):
        safetensors.read(index(tmp_path, {"a": "1.safetensors"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["F32", "U8", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "__metadata__"]), JSON), st.integers(0, 16))
def test_any_json_raises_nothing_but_format_errors(fields: dict[str, Any], size: int) -> None:
    with suppress(FormatError):
        parse_header(json.dumps(fields).encode(), size, "attack")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 127), st.binary(min_size=1, max_size=3))
def test_mutations_raise_nothing_but_our_errors(tmp_path: Path, offset: int, patch: bytes) -> None:
    path = write(tmp_path / "model.safetensors", header(a=A, b=B), bytes(11))
    raw = path.read_bytes()
    path.write_bytes(raw[:offset] + patch + raw[offset + len(patch) :])
    with suppress(EncoderfileError):
        safetensors.read(path)


def test_a_key_that_comes_twice_is_found_at_once_among_very_many() -> None:
    keys = ",".join(f'"{number}":0' for number in range(200_000))

    with pytest.raises(ValueError, match="the key '199999' comes twice"):
        parse_any(f'{{{keys},"199999":0}}'.encode())
