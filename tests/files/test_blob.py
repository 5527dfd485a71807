"""Blobs one after the other."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.embd.file import DType
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import opened
from hatch_encoderfile.files import blob
from hatch_encoderfile.files.blob import BytesBlob, FileRange, Summed, gathered
from hatch_encoderfile.weights.embd import plan
from hatch_encoderfile.weights.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatch_encoderfile.files.blob import Blob

DATA = bytes(range(200))
RANGE = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blob") / "file"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob, "CHUNK", 16)


@given(ranges=st.lists(st.tuples(RANGE, st.booleans()), max_size=8), size=st.integers(1, 300))
def test_they_give_their_bytes_in_order_and_two_pieces_stay(
    path: Path, ranges: list[tuple[list[int], bool]], size: int
) -> None:
    blobs: list[Blob] = [
        FileRange(opened(str(path)), start, end - start) if from_file else BytesBlob(DATA[start:end])
        for (start, end), from_file in ranges
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blob, "CHUNK", size)
        whole, before = b"", memoryview(b"")
        for piece in gathered(blobs):
            assert whole.endswith(before)
            whole += piece
            before = memoryview(piece)

    assert whole == b"".join(DATA[start:end] for (start, end), _ in ranges)


@pytest.mark.usefixtures("small_pieces")
def test_short_ranges_of_files_come_as_one_piece(path: Path) -> None:
    pieces = gathered([FileRange(opened(str(path)), start, 5) for start in (0, 50, 100, 150)])

    assert [len(piece) for piece in pieces] == [16, 4]


@pytest.mark.usefixtures("small_pieces")
def test_a_range_past_the_end_of_its_file_is_refused(path: Path) -> None:
    with pytest.raises(EncoderfileError, match="ends 3 bytes early; it changed while it was read: build again"):
        list(gathered([FileRange(opened(str(path)), 190, 13)]))


def test_a_blob_is_summed_while_it_is_read(path: Path) -> None:
    for source in (BytesBlob(DATA), FileRange(opened(str(path)), 0, 200)):
        summed = Summed(source)

        assert (b"".join(map(bytes, summed.chunks())), summed.crc32) == (DATA, zlib.crc32(DATA))


def test_embd_weights_sum_themselves_each_time_that_they_are_read() -> None:
    class Changing:
        length = 4
        reads = 0

        def chunks(self) -> Iterator[bytes]:
            self.reads += 1
            yield bytes([self.reads] * 4)

    weights = plan([Tensor("x", DType.FLOAT32, (1,), Changing())], {}, None)
    for _ in range(2):
        summed = Summed(weights)

        assert zlib.crc32(b"".join(map(bytes, summed.chunks()))) == summed.crc32
