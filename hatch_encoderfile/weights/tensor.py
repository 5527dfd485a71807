"""Tensors on their way from one file to another, with the element types of safetensors and of EMBD."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.embd.layout import MAX_DIMENSIONS, DType
from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.files.blob import FileRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatch_encoderfile.files.blob import Blob

# Bits of an element, by safetensors' name of its type (safetensors 0.8, `Dtype::bitsize`).
BITS = {
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}

EMBD_TYPES = {
    "F32": DType.FLOAT32,
    "F16": DType.FLOAT16,
    "BF16": DType.BFLOAT16,
    "I32": DType.INT32,
    "I16": DType.INT16,
    "I8": DType.INT8,
    "U32": DType.UINT32,
    "U16": DType.UINT16,
    "U8": DType.UINT8,
}
_NAMES = {dtype: name for name, dtype in EMBD_TYPES.items()}


class Tensor(NamedTuple):
    """A tensor that EMBD can hold; `data` is little-endian and row-major."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    data: Blob


class StoredTensor(NamedTuple):
    """A tensor of any type that safetensors can hold; `dtype` is safetensors' name of it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: Blob


class Representable(NamedTuple):
    """What of some stored tensors EMBD can hold, in their order, and why not the rest, by name."""

    tensors: list[Tensor]
    refused: dict[str, str]


def to_embd(stored: Iterable[StoredTensor]) -> Representable:
    """Sort tensors into those that EMBD can hold and those that it cannot."""
    result = Representable([], {})
    for tensor in stored:
        if tensor.dtype not in EMBD_TYPES:
            result.refused[tensor.name] = f"EMBD has no dtype {tensor.dtype}"
        elif not 1 <= len(tensor.shape) <= MAX_DIMENSIONS or 0 in tensor.shape:
            result.refused[tensor.name] = f"shape {list(tensor.shape)}: EMBD has 1 to 4 dimensions of at least 1"
        else:
            result.tensors.append(Tensor(tensor.name, EMBD_TYPES[tensor.dtype], tensor.shape, tensor.data))
    return result


def to_stored(tensor: Tensor) -> StoredTensor:
    """The same tensor under safetensors' name of its type."""
    return StoredTensor(tensor.name, _NAMES[tensor.dtype], tensor.shape, tensor.data)


def tensor_faults(tensors: Iterable[Tensor | StoredTensor]) -> Iterator[str]:
    """Names that come twice and data that is not as long as its type and shape ask, a line each."""
    names = set()
    for tensor in tensors:
        if not tensor.name or tensor.name in names:
            yield f"{tensor.name!r}: tensor name is empty or comes twice"
        names.add(tensor.name)
        bits = tensor.dtype.itemsize * 8 if isinstance(tensor.dtype, DType) else BITS[tensor.dtype]
        length = math.prod(tensor.shape) * bits // 8
        if tensor.data.length != length:
            yield f"{tensor.name!r}: has {tensor.data.length} bytes, shape {list(tensor.shape)} asks for {length}"


def exact_chunks(tensor: Tensor | StoredTensor) -> Iterator[bytes | memoryview]:
    """The tensor's data in pieces.

    Raises:
        EncoderfileError: it is not as long as it said.
    """
    count = 0
    for chunk in tensor.data.chunks():
        count += len(chunk)
        yield chunk
    if count != tensor.data.length:
        raise EncoderfileError(f"{tensor.name!r}: gave {count} bytes, promised {tensor.data.length}")


def exact_data(tensor: Tensor | StoredTensor) -> Blob:
    """The tensor's data as a blob that raises where it is not as long as it said; a range of a file does so by itself."""
    return tensor.data if isinstance(tensor.data, FileRange) else _ExactData(tensor)


class _ExactData(NamedTuple):
    tensor: Tensor | StoredTensor

    @property
    def length(self) -> int:
        return self.tensor.data.length

    def chunks(self) -> Iterator[bytes | memoryview]:
        return exact_chunks(self.tensor)
