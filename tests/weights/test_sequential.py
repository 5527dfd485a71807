from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from golden import make_embd
from golden.make_embd import BIAS, GOLDEN, LINEAR, SEQUENTIAL, TOKENS, TRANSPOSED, Item

from encoderfile_runtime.embd.file import DType
from encoderfile_runtime.errors import EncoderfileError, FormatError, ModelError, UsageError
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.weights import sequential
from hatch_encoderfile.weights.sequential import Orientation
from hatch_encoderfile.weights.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SQUARE = [Item("query.weight", 0, (2, 2), make_embd.floats(1, 2, 3, 4))]


def write(directory: Path, raw: bytes) -> Path:
    path = directory / "model.bin"
    path.write_bytes(raw)
    return path


def data(tensor: Tensor) -> bytes:
    return b"".join(map(bytes, tensor.data.chunks()))


def tensors(items: list[Item]) -> list[Tensor]:
    return [Tensor(item.name, DType(item.code), item.shape, BytesBlob(item.data)) for item in items]


@pytest.mark.parametrize("orientation", Orientation)
def test_the_orientation_is_told_and_pytorchs_is_returned(tmp_path: Path, orientation: Orientation) -> None:
    path = write(tmp_path, GOLDEN[f"{orientation.value}.bin"])
    assert sequential.scan(path).orientation is orientation
    for given in (None, orientation):
        file = sequential.read(path, given)
        assert file.orientation is Orientation.PYTORCH
        assert file.vocabulary == TOKENS
        expected = [(item.name, item.shape, item.data) for item in [*SEQUENTIAL, BIAS]]
        assert expected == [(tensor.name, tensor.shape, data(tensor)) for tensor in file.tensors]


def test_scanning_leaves_the_tensors_as_they_are_stored(tmp_path: Path) -> None:
    file = sequential.scan(write(tmp_path, GOLDEN["transposed.bin"]))
    expected = [(item.shape, item.data) for item in [*TRANSPOSED, BIAS]]
    assert expected == [(tensor.shape, data(tensor)) for tensor in file.tensors]


def test_an_orientation_that_the_file_contradicts_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOLDEN["pytorch.bin"])
    with pytest.raises(FormatError, match="linear weights are pytorch, not transposed"):
        sequential.read(path, Orientation.TRANSPOSED)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(SQUARE, id="no-intermediate"),
        pytest.param([Item(f"{LINEAR}weight", 0, (2, 3), bytes(24))], id="no-bias"),
        pytest.param(
            [Item(f"{LINEAR}weight", 0, (3, 3), bytes(36)), Item(f"{LINEAR}bias", 0, (3,), bytes(12))], id="square"
        ),
    ],
)
def test_an_orientation_that_the_shapes_do_not_tell_has_to_be_given(tmp_path: Path, items: list[Item]) -> None:
    path = write(tmp_path, make_embd.sequential(items, TOKENS))
    assert sequential.scan(path).orientation is None
    with pytest.raises(UsageError, match="give the orientation, pytorch or transposed"):
        sequential.read(path)
    for orientation in Orientation:
        assert sequential.read(path, orientation).orientation is Orientation.PYTORCH


def test_square_weights_turn_if_told_to(tmp_path: Path) -> None:
    path = write(tmp_path, make_embd.sequential(SQUARE, []))
    [kept] = sequential.read(path, Orientation.PYTORCH).tensors
    [turned] = sequential.read(path, Orientation.TRANSPOSED).tensors
    assert data(kept) == make_embd.floats(1, 2, 3, 4)
    assert data(turned) == make_embd.floats(1, 3, 2, 4)


def test_a_matrix_larger_than_a_piece_is_turned_in_bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequential, "CHUNK", 16)
    values = [float(value) for value in range(15)]
    item = Item("query.weight", 0, (3, 5), make_embd.floats(*values))
    [tensor] = sequential.read(write(tmp_path, make_embd.sequential([item], [])), Orientation.TRANSPOSED).tensors
    assert tensor.shape == (5, 3)
    assert tensor.data.length == 60
    assert len(list(tensor.data.chunks())) == 5
    assert data(tensor) == make_embd.floats(*(values[row * 5 + column] for column in range(5) for row in range(3)))


def test_without_linear_weights_there_is_nothing_to_turn(tmp_path: Path) -> None:
    path = write(tmp_path, make_embd.sequential([make_embd.WORDS, BIAS], TOKENS))
    assert sequential.scan(path).orientation is Orientation.PYTORCH


def test_the_writer_reproduces_the_golden_file() -> None:
    blob = sequential.plan(tensors([*SEQUENTIAL, BIAS]), TOKENS)
    expected = GOLDEN["pytorch.bin"]
    assert expected == b"".join(blob.chunks())
    assert len(expected) == blob.length


def test_all_that_the_format_cannot_hold_is_named() -> None:
    items = [*make_embd.DTYPES[:2], Item("scalar", 0, (), bytes(4)), Item("empty", 0, (0,), b"")]
    with pytest.raises(ModelError) as raised:
        sequential.plan(tensors(items), ["x"] * 100_001)
    assert [fault.partition(":")[0] for fault in raised.value.faults] == [
        "'float16'",
        "'scalar'",
        "'empty'",
        "the vocabulary has 100001 tokens, cpp_embedder reads at most 100000",
    ]
    with pytest.raises(ModelError, match="there are no tensors"):
        sequential.plan([], [])


def test_a_tensor_that_gives_more_than_it_promised_is_an_error() -> None:
    class Long:
        length = 4

        def chunks(self) -> Iterator[bytes]:
            yield bytes(5)

    with pytest.raises(EncoderfileError, match="'x': gave 5 bytes, promised 4"):
        list(sequential.plan([Tensor("x", DType.FLOAT32, (1,), Long())], []).chunks())
