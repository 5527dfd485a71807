"""The sequential files of cpp_embedder's converter and loader, which have EMBD's magic and version but another layout.

Older files have linear weights as PyTorch does, [out, in], newer ones [in, out], under the same version number.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from encoderfile_runtime.embd.file import DType
from encoderfile_runtime.embd.layout import MAGIC, MAX_DIMENSIONS
from encoderfile_runtime.errors import FormatError, ModelError, UsageError
from encoderfile_runtime.files import opened
from hatch_encoderfile.files.blob import CHUNK
from hatch_encoderfile.weights.sequential_scanner import MAX_TOKENS, U32, VERSION, Scanner
from hatch_encoderfile.weights.tensor import Tensor, exact_chunks, tensor_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hatch_encoderfile.files.blob import Blob


class Orientation(enum.Enum):
    """The orientation of linear weights in a file."""

    PYTORCH = "pytorch"  # [out, in]
    TRANSPOSED = "transposed"  # [in, out]


class SequentialFile(NamedTuple):
    """A scanned file.

    Attributes:
        path: the file.
        tensors: the tensors; of `scan`, with linear weights as stored.
        vocabulary: tokens by id; empty if the file has none.
        orientation: None if the shapes do not decide it.
    """

    path: Path
    tensors: list[Tensor]
    vocabulary: list[str]
    orientation: Orientation | None


def scan(path: Path) -> SequentialFile:
    """Read a file without its tensors' data.

    Raises:
        FormatError: the file violates the layout.
    """
    scanner = Scanner(opened(str(path)))
    tensors = scanner.tensors()
    vocabulary = scanner.vocabulary()
    return SequentialFile(path, tensors, vocabulary, _orientation(tensors, str(path)))


def read(path: Path, orientation: Orientation | None = None) -> SequentialFile:
    """Scan a file, with linear weights as [out, in]; those to be transposed are read one at a time, when written.

    Raises:
        FormatError: the file violates the layout, or has another orientation than the given one.
        UsageError: the shapes do not decide the orientation, and none is given.
    """
    file = scan(path)
    found = file.orientation or orientation
    if found is None:
        raise UsageError(
            f"{path}: linear weights can be [out, in] or [in, out], their shapes don't tell: "
            "give the orientation, pytorch or transposed"
        )
    if orientation is not None and orientation is not found:
        raise FormatError(str(path), f"linear weights are {found.value}, not {orientation.value}")
    if found is Orientation.TRANSPOSED:
        turned = [_turn(tensor) if _is_linear(tensor) else tensor for tensor in file.tensors]
        return file._replace(tensors=turned, orientation=Orientation.PYTORCH)
    return file._replace(orientation=found)


def _is_linear(tensor: Tensor) -> bool:
    return len(tensor.shape) == 2 and "embeddings" not in tensor.name and "LayerNorm" not in tensor.name


def _orientation(tensors: Sequence[Tensor], path: str) -> Orientation | None:
    """The orientation, by comparing `intermediate.dense.weight` with its bias, of shape [out]; None if all are square."""
    if not any(_is_linear(tensor) for tensor in tensors):
        return Orientation.PYTORCH
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    found = set()
    for name, shape in shapes.items():
        if name.endswith("intermediate.dense.weight") and len(shape) == 2 and shape[0] != shape[1]:
            bias = shapes.get(name.removesuffix("weight") + "bias")
            if bias is None:
                continue
            if bias not in {shape[:1], shape[1:]}:
                raise FormatError(
                    path, f"{name!r} has shape {list(shape)}, which its bias of shape {bias} does not fit"
                )
            found.add(Orientation.PYTORCH if bias == shape[:1] else Orientation.TRANSPOSED)
    if len(found) > 1:
        raise FormatError(path, "some linear weights are [out, in] and some [in, out]")
    return found.pop() if found else None


class TransposedRange(NamedTuple):
    """A float32 matrix of a file, transposed; implements `Blob`. The whole matrix is in memory while it is read."""

    stored: Blob
    rows: int
    columns: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stored.length

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The rows of the transposed matrix, as many at once as fit a chunk."""
        stored = b"".join(map(bytes, self.stored.chunks()))
        matrix = np.frombuffer(stored, "<f4").reshape(self.rows, self.columns)  # (rows, columns)
        band = max(1, CHUNK // (self.rows * matrix.itemsize))  # columns at once
        for start in range(0, self.columns, band):
            yield np.ascontiguousarray(matrix[:, start : start + band].T).tobytes()  # (band, rows)


def _turn(tensor: Tensor) -> Tensor:
    rows, columns = tensor.shape
    return tensor._replace(shape=(columns, rows), data=TransposedRange(tensor.data, rows, columns))


class SequentialBlob(NamedTuple):
    """A planned sequential file; implements `Blob`."""

    heads: Sequence[bytes]
    tensors: Sequence[Tensor]
    vocabulary: bytes
    length: int

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The whole file in one pass over the tensors.

        Raises:
            EncoderfileError: a tensor's data has another length than stated.
        """
        for head, tensor in zip(self.heads, self.tensors, strict=True):
            yield head
            yield from exact_chunks(tensor)
        yield self.vocabulary


def plan(tensors: Sequence[Tensor], vocabulary: Sequence[str]) -> SequentialBlob:
    """Lay out a sequential file with linear weights [out, in].

    Raises:
        ModelError: the format cannot represent them.
    """
    faults = [*tensor_faults(tensors), *_plan_faults(tensors, vocabulary)]
    if faults:
        raise ModelError("sequential weights", faults)
    heads = [_text(tensor.name) + _numbers(len(tensor.shape), *tensor.shape) for tensor in tensors]
    heads[0] = MAGIC + _numbers(VERSION, len(tensors)) + heads[0]
    words = _numbers(len(vocabulary)) + b"".join(map(_text, vocabulary))
    length = sum(map(len, heads)) + sum(tensor.data.length for tensor in tensors) + len(words)
    return SequentialBlob(heads, tensors, words, length)


def _plan_faults(tensors: Sequence[Tensor], vocabulary: Sequence[str]) -> Iterator[str]:
    if not tensors:
        yield "there are no tensors"
    for tensor in tensors:
        if tensor.dtype is not DType.FLOAT32:
            yield f"{tensor.name!r}: is {tensor.dtype.name}, sequential files hold FLOAT32 alone"
        if not 1 <= len(tensor.shape) <= MAX_DIMENSIONS or 0 in tensor.shape:
            yield f"{tensor.name!r}: shape {list(tensor.shape)}, expected 1 to {MAX_DIMENSIONS} dimensions of at least 1"
    if len(vocabulary) > MAX_TOKENS:
        yield f"the vocabulary has {len(vocabulary)} tokens, cpp_embedder reads at most {MAX_TOKENS}"


def _text(text: str) -> bytes:
    raw = text.encode()
    return _numbers(len(raw)) + raw


def _numbers(*values: int) -> bytes:
    return b"".join(map(U32.pack, values))
