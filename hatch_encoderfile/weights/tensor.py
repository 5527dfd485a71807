"""Tensors whose data is read later, with the element types of safetensors and of EMBD."""

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
    """A tensor that EMBD can represent; `data` is little-endian and row-major."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    data: Blob


class StoredTensor(NamedTuple):
    """A tensor of any type of safetensors; `dtype` is safetensors' name of the type."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: Blob


class Representable(NamedTuple):
    """The tensors that EMBD can represent, and by name the reasons why it cannot represent the others."""

    tensors: list[Tensor]
    refused: dict[str, str]


def to_embd(stored: Iterable[StoredTensor]) -> Representable:
    """Convert tensors for EMBD, and sort out those that it cannot represent."""
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
    """The same tensor, with safetensors' name of its type."""
    return StoredTensor(tensor.name, _NAMES[tensor.dtype], tensor.shape, tensor.data)


def tensor_faults(tensors: Iterable[Tensor | StoredTensor]) -> Iterator[str]:
    """Duplicate or empty names, and data whose length does not follow from type and shape, a line each."""
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
    """The tensor's data in chunks.

    Raises:
        EncoderfileError: it has another length than stated.
    """
    count = 0
    for chunk in tensor.data.chunks():
        count += len(chunk)
        yield chunk
    if count != tensor.data.length:
        raise EncoderfileError(f"{tensor.name!r}: gave {count} bytes, promised {tensor.data.length}")


def exact_data(tensor: Tensor | StoredTensor) -> Blob:
    """The tensor's data as a blob that raises if its length differs from the stated one; ranges of files do so anyway."""
    return tensor.data if isinstance(tensor.data, FileRange) else _ExactData(tensor)


class _ExactData(NamedTuple):
    tensor: Tensor | StoredTensor

    @property
    def length(self) -> int:
        return self.tensor.data.length

    def chunks(self) -> Iterator[bytes | memoryview]:
        return exact_chunks(self.tensor)
