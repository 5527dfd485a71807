"""Parsing the JSON header of a safetensors file, by all rules of the format (https://huggingface.co/docs/safetensors)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.files.limits import SAFETENSORS_HEADER
from hatch_encoderfile.standards import json
from hatch_encoderfile.weights.tensor import BITS

MAX_RANK = 64  # numpy's limit on dimensions; bounds the product of the sizes

METADATA = "__metadata__"

_LENGTH = 8
_FIELDS = {"dtype", "shape", "data_offsets"}
_UINT64_END = 1 << 64


class HeaderEntry(NamedTuple):
    """A tensor in the header; its data is the range from `start` to `stop` after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class SafetensorsHeader(NamedTuple):
    """Tensors in the order of their data, and the metadata."""

    entries: list[HeaderEntry]
    metadata: dict[str, str]


def parse_header(raw: bytes, size: int, path: str) -> SafetensorsHeader:
    """Parse the header's JSON; the file has `size` bytes of tensor data after it.

    Raises:
        FormatError: the header violates the format.
    """
    if not raw.startswith(b"{"):
        raise FormatError(path, f"the header begins with {raw[:1]!r}, expected b'{{'", _LENGTH)
    text = raw.rstrip(b" ")
    if not text.endswith(b"}"):
        raise FormatError(path, "the header's JSON is followed by something other than spaces", _LENGTH + len(text) - 1)
    try:
        SAFETENSORS_HEADER.check(text)
        fields = json.parse(text)
    except ValueError as error:
        raise FormatError(path, str(error)) from None
    metadata = fields.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError(path, "__metadata__ is not an object of texts")
    entries = sorted(
        (_entry(name, value, path) for name, value in fields.items()), key=lambda entry: (entry.start, entry.stop)
    )
    # The tensors must cover the data exactly, with no gap in which bytes could hide, and no overlap.
    position = 0
    for entry in entries:
        if entry.start != position:
            what = "overlaps the tensor before it" if entry.start < position else "leaves a hole before it"
            raise FormatError(path, f"{entry.name!r}: begins at byte {entry.start} of the data and {what}")
        position = entry.stop
    if position != size:
        raise FormatError(path, f"the tensors cover {position} bytes, the file has {size} bytes of data")
    return SafetensorsHeader(entries, metadata)


def _entry(name: str, value: Any, path: str) -> HeaderEntry:
    if not isinstance(value, dict) or value.keys() != _FIELDS:
        found = sorted(value) if isinstance(value, dict) else type(value).__name__
        raise FormatError(path, f"{name!r}: has {found}, expected exactly dtype, shape and data_offsets")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise FormatError(path, f"{name!r}: unknown dtype {dtype!r}")
    if not _sizes(shape) or len(shape) > MAX_RANK:
        raise FormatError(path, f"{name!r}: shape is not a list of at most {MAX_RANK} sizes")
    if not _sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise FormatError(path, f"{name!r}: data_offsets is not a range of bytes")
    start, stop = offsets
    if math.prod(shape) * BITS[dtype] != (stop - start) * 8:
        raise FormatError(path, f"{name!r}: {dtype} of shape {shape} does not take {stop - start} bytes")
    return HeaderEntry(name, dtype, tuple(shape), start, stop)


def _sizes(value: Any) -> bool:
    # isinstance would accept true and false, since bool is a subclass of int.
    return isinstance(value, list) and all(type(size) is int and 0 <= size < _UINT64_END for size in value)
