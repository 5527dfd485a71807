from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from golden import make_embd

from encoderfile_runtime.embd.file import DType, EmbdFile, TensorEntry, parse
from encoderfile_runtime.embd.tensors import read_tensors
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

DTYPES = make_embd.GOLDEN["dtypes.embd"]
VOCABULARY = make_embd.GOLDEN["vocabulary.embd"]


def golden(name: str) -> EmbdFile:
    return parse(make_embd.GOLDEN[name], name)


@pytest.mark.parametrize("name", make_embd.GOLDEN)
def test_the_script_reproduces_the_golden_file(name: str) -> None:
    expected = (make_embd.DIRECTORY / name).read_bytes()
    assert expected == make_embd.GOLDEN[name]


def test_no_golden_file_lacks_its_script() -> None:
    expected = sorted(make_embd.GOLDEN)
    assert expected == sorted(path.name for path in make_embd.DIRECTORY.iterdir() if path.name != "README.md")


def test_minimal_file_has_one_tensor_where_the_spec_puts_it() -> None:
    file = golden("minimal.embd")
    assert {"x": TensorEntry("x", DType.FLOAT32, (2, 3), 128, 24)} == file.entries
    assert file.metadata == {"model_name": "é"}
    assert file.vocabulary is None
    assert file.special_tokens is None
    assert file.token_count is None
    assert file.tensor("x").tolist() == [[1, 2, 3], [4, 5, 6]]
    file.verify_checksums()
    file.check_vocabulary()


@pytest.mark.parametrize("name", ["vocabulary.embd", "foreign.embd"])
def test_vocabulary_and_special_tokens_are_read(name: str) -> None:
    file = golden(name)
    assert file.metadata == make_embd.METADATA
    assert file.vocabulary == make_embd.TOKENS
    assert len(make_embd.TOKENS) == file.token_count
    assert file.special_tokens == (0, 1, 2, 3, 4)
    assert not file.warnings
    assert file.tensor("embeddings.position_embeddings.weight").tolist() == [[0.5, -0.5]]
    file.verify_checksums()


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("counted", [False, True])
def test_every_reading_of_the_vocabulary_header_is_understood(first: bool, relative: bool, counted: bool) -> None:
    layout = make_embd.Layout(first, relative, counted)
    file = parse(make_embd.embd([make_embd.WORDS], make_embd.METADATA, make_embd.TOKENS, layout), "x")
    assert file.vocabulary == make_embd.TOKENS


def test_special_ids_after_the_tokens_may_be_aligned_with_zeros() -> None:
    layout = make_embd.Layout(specials_first=False, aligned=False, checksums=False)
    raw = make_embd.embd([make_embd.WORDS], {}, make_embd.TOKENS, layout)
    at = 72 + 12 + sum(2 + len(token.encode()) for token in make_embd.TOKENS)
    raw = raw[:at] + b"\0" + raw[at:]
    for offset, field in ((24, "<I"), (28, "<I"), (36, "<I"), (48, "<Q"), (72 + 8, "<I")):
        (value,) = struct.unpack_from(field, raw, offset)
        raw = raw[:offset] + struct.pack(field, value + 1) + raw[offset + struct.calcsize(field) :]
    assert parse(raw, "x").vocabulary == make_embd.TOKENS


def test_every_dtype_is_seen_as_it_is_stored() -> None:
    file = golden("dtypes.embd")
    found = {
        name: (entry.dtype.name, entry.shape, file.tensor(name).ravel().tolist())
        for name, entry in file.entries.items()
    }
    assert found == {
        "float32": ("FLOAT32", (2,), [1.5, -2.0]),
        "float16": ("FLOAT16", (1, 2), [1.5, -2.0]),
        "bfloat16": ("BFLOAT16", (1, 1, 2), [0x3FC0, 0xC000]),
        "int32": ("INT32", (1, 1, 1, 2), [-(2**31), 2**31 - 1]),
        "int16": ("INT16", (2, 1), [-(2**15), 2**15 - 1]),
        "int8": ("INT8", (3,), [-128, 0, 127]),
        "uint32": ("UINT32", (1,), [2**32 - 1]),
        "uint16": ("UINT16", (1,), [2**16 - 1]),
        "uint8": ("UINT8", (2,), [0, 255]),
    }


@pytest.mark.parametrize("dtype", DType)
def test_itemsize_is_that_of_the_numpy_dtype(dtype: DType) -> None:
    expected = {"32": 4, "16": 2, "T8": 1}[dtype.name[-2:]]
    assert expected == dtype.itemsize == dtype.numpy.itemsize


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16"])
def test_floating_point_tensors_widen_to_float32(name: str) -> None:
    widened = golden("dtypes.embd").float32(name)
    assert widened.dtype == np.float32
    assert widened.ravel().tolist() == [1.5, -2.0]


def test_integers_do_not_pass_for_floating_point() -> None:
    with pytest.raises(FormatError) as caught:
        golden("dtypes.embd").float32("int8")
    assert str(caught.value) == "dtypes.embd: tensor 'int8' is INT8, expected a floating point type"


def test_an_unknown_tensor_is_named() -> None:
    with pytest.raises(FormatError) as caught:
        golden("minimal.embd").tensor("y")
    assert str(caught.value) == "minimal.embd: there is no tensor 'y'"


def test_a_model_reads_the_tensors_alone() -> None:
    buffer = bytearray(DTYPES)
    file = read_tensors(memoryview(buffer).cast("b"), "x")

    assert golden("dtypes.embd").entries == file.entries
    assert file.tensor("uint8").tolist() == [0, 255]
    assert not file.tensor("uint8").flags.writeable
    with pytest.raises(FormatError, match=r"^x: there is no tensor 'y'"):
        file.tensor("y")
    with pytest.raises(FormatError, match=r"^x at offset 0: begins with"):
        read_tensors(memoryview(bytes(len(DTYPES))), "x")


def test_checksums_go_on_from_one_piece_to_the_next() -> None:
    raw = make_embd.embd([make_embd.Item("x", 8, ((1 << 20) + 7,), bytes(range(256)) * 4096 + b"1234567")], {})
    parse(raw, "x").verify_checksums()
    for at in (500, -100):
        changed = bytearray(raw)
        changed[at] ^= 1
        with pytest.raises(FormatError, match="data_checksum is"):
            parse(bytes(changed), "x").verify_checksums()


def test_tensors_are_read_only_views_of_the_buffer() -> None:
    buffer = bytearray(DTYPES)
    file = parse(memoryview(buffer), "x")
    stored, widened = file.tensor("float32"), file.float32("float32")
    assert not stored.flags.writeable
    assert np.shares_memory(stored, np.frombuffer(buffer, np.uint8))
    assert np.shares_memory(stored, widened)


def test_a_file_is_read_in_the_middle_of_another_buffer() -> None:
    buffer = b"before" + VOCABULARY + b"after"
    file = parse(memoryview(buffer)[6:-5], "x")
    file.verify_checksums()
    assert file.vocabulary == make_embd.TOKENS


def test_a_mapped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(VOCABULARY)
    with path.open("rb") as file:
        parsed = parse(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), "x")
    assert parsed.tensor("embeddings.word_embeddings.weight").ravel().tolist() == list(range(14))


def test_the_vocabulary_is_not_walked_before_it_is_asked_for() -> None:
    at = VOCABULARY.index(b"##s")
    file = parse(VOCABULARY[:at] + b"\xff" + VOCABULARY[at + 1 :], "x")
    with pytest.raises(FormatError, match=f"x at offset {at}: the token 6 is not UTF-8"):
        file.check_vocabulary()


@pytest.mark.parametrize(
    ("offset", "warning"),
    [
        pytest.param(6, "format version 1.1 is newer", id="minor-version"),
        pytest.param(60, "the header's reserved field", id="header-reserved"),
        pytest.param(len(VOCABULARY) - 4, "the footer's reserved field", id="footer-reserved"),
    ],
)
def test_what_is_odd_but_harmless_is_a_warning(offset: int, warning: str) -> None:
    raw = VOCABULARY[:offset] + b"\1" + VOCABULARY[offset + 1 :]
    [found] = parse(make_embd.seal(raw), "x").warnings
    assert warning in found


def test_missing_metadata_is_a_warning() -> None:
    [warning] = golden("minimal.embd").warnings
    assert warning.startswith("the metadata lacks model_version, embedding_dim, vocab_size")


def test_a_misaligned_data_section_is_a_warning() -> None:
    layout = make_embd.Layout(aligned=False)
    raw = make_embd.embd([make_embd.POSITIONS], make_embd.METADATA, None, layout)
    [warning] = parse(make_embd.seal(raw[:8] + b"\6" + raw[9:]), "x").warnings
    assert "which is not 64-byte aligned" in warning


def test_checksums_of_zero_are_none_without_the_flag() -> None:
    raw = make_embd.embd([make_embd.POSITIONS], {}, None, make_embd.Layout(checksums=False))
    assert raw[56:60] == raw[-16:-8][:4] == bytes(4)
    parse(raw, "x").verify_checksums()
