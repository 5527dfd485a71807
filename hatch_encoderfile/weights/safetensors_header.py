"""The JSON header of a safetensors file, read as strictly as the format's own description asks.

Format: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, NoReturn

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.weights.tensor import BITS

MAX_HEADER = 100_000_000  # the limit of the reference implementation

MAX_RANK = 64  # numpy's; keeps the product of the sizes small

METADATA = "__metadata__"

_LENGTH = 8
_FIELDS = {"dtype", "shape", "data_offsets"}
_UINT64_END = 1 << 64


class HeaderEntry(NamedTuple):
    """One tensor of the header; `start` and `stop` count from the end of the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class SafetensorsHeader(NamedTuple):
    """Tensors in the order of their data, and the metadata."""

    entries: list[HeaderEntry]
    metadata: dict[str, str]


def strict_json(raw: bytes, path: str) -> dict[str, Any]:
    """As `strict_value`, of an object.

    Raises:
        FormatError: it is something else.
    """
    value = strict_value(raw, path)
    if not isinstance(value, dict):
        raise FormatError(path, f"holds a JSON {type(value).__name__}, expected an object")
    return value


def strict_value(raw: bytes, path: str) -> Any:
    """JSON in UTF-8 whose keys are unique at every level, whose numbers are finite and whose texts are Unicode.

    Raises:
        FormatError: it is something else.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    raise FormatError(path, f"the key {name!r} comes twice")
                seen.add(name)
        return result

    def refuse(constant: str) -> NoReturn:
        raise FormatError(path, f"{constant} is not JSON")

    def finite(text: str) -> float:
        value = float(text)
        if math.isinf(value):
            raise FormatError(path, f"the number {text} is out of range")
        return value

    try:
        value = json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=refuse, parse_float=finite)
        if b"\\ud" in raw.lower():  # an escaped lone surrogate is JSON, but no text
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FormatError(path, f"is not UTF-8 JSON: {error}") from None
    return value


def parse_header(raw: bytes, size: int, path: str) -> SafetensorsHeader:
    """Parse the header's JSON; the file has `size` bytes of tensor data after it.

    Raises:
        FormatError: a rule of the format is broken.
    """
    if not raw.startswith(b"{"):
        raise FormatError(path, f"the header begins with {raw[:1]!r}, expected b'{{'", _LENGTH)
    text = raw.rstrip(b" ")
    if not text.endswith(b"}"):
        raise FormatError(path, "the header's JSON is followed by something other than spaces", _LENGTH + len(text) - 1)
    fields = strict_json(text, path)
    metadata = fields.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError(path, "__metadata__ is not an object of texts")
    entries = sorted(
        (_entry(name, value, path) for name, value in fields.items()), key=lambda entry: (entry.start, entry.stop)
    )
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
    # A bool is an int to Python, not to JSON.
    return isinstance(value, list) and all(type(size) is int and 0 <= size < _UINT64_END for size in value)
