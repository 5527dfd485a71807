"""Reading safetensors, a file or the shards of an index, and writing a file (https://huggingface.co/docs/safetensors).

file := length of the header u64, little-endian | header, JSON | data
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import FormatError, ModelError
from encoderfile_runtime.files import opened
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.files.limits import LONGEST_NAME, SAFETENSORS_HEADER, SAFETENSORS_INDEX
from hatch_encoderfile.standards import json as strict_json
from hatch_encoderfile.weights.safetensors_header import METADATA, parse_header
from hatch_encoderfile.weights.tensor import BITS, StoredTensor, exact_chunks, tensor_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from encoderfile_runtime.files import InputFile

INDEX_SUFFIX = ".index.json"

_LENGTH = 8


def _open(path: Path) -> InputFile:
    return opened(str(path))


class SafetensorsFile(NamedTuple):
    """The contents of a safetensors file or of all shards.

    Attributes:
        paths: the files that were read: the index if there is one, then the file, or the shards by name.
        tensors: tensors by name, in the order of their data, shard after shard; their data is not read yet.
        metadata: the member `__metadata__` of the header.
    """

    paths: tuple[Path, ...]
    tensors: dict[str, StoredTensor]
    metadata: dict[str, str]


def read(path: Path, open_: Callable[[Path], InputFile] = _open) -> SafetensorsFile:
    """Read the header of `model.safetensors`, or those of all shards of `model.safetensors.index.json`.

    Args:
        path: the file, or the index.
        open_: how files are opened.

    Raises:
        EncoderfileError: a file cannot be opened.
        FormatError: a file violates the format.
        ModelError: index and shards disagree; it lists all differences.
    """
    return _read_shards(path, open_) if path.name.endswith(INDEX_SUFFIX) else _read_file(path, open_(path))


def _read_file(path: Path, file: InputFile) -> SafetensorsFile:
    size, prefix = file.size, file.read(0, _LENGTH)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < _LENGTH or length > min(SAFETENSORS_HEADER.size, size - _LENGTH):
        raise FormatError(
            str(path),
            f"the header's length is {length}, but there are {size} bytes; at most {SAFETENSORS_HEADER.size} allowed",
            0,
        )
    raw = file.read(_LENGTH, length)
    start = _LENGTH + length
    header = parse_header(raw, size - start, str(path))
    tensors = {
        entry.name: StoredTensor(
            entry.name, entry.dtype, entry.shape, FileRange(file, start + entry.start, entry.stop - entry.start)
        )
        for entry in header.entries
    }
    return SafetensorsFile((path,), tensors, header.metadata)


def _read_shards(path: Path, open_: Callable[[Path], InputFile]) -> SafetensorsFile:
    index = _read_index(path, open_(path))
    faults = [
        f"weight_map names the shard {name!r}: expected the name of a .safetensors file in the same directory"
        for name in sorted(set(index.values()))
        if not _is_shard_name(name)
    ]
    if faults:
        raise ModelError(str(path), faults)
    shards = [path.with_name(name) for name in sorted(set(index.values()))]
    missing = [f"{shard.name}: the shard is missing" for shard in shards if not os.path.lexists(shard)]
    if missing:
        raise ModelError(str(path), missing)
    tensors: dict[str, StoredTensor] = {}
    metadata: dict[str, str] = {}
    for shard in shards:
        file = _read_file(shard, open_(shard))
        metadata |= file.metadata
        for name, tensor in file.tensors.items():
            if index.get(name) == shard.name:
                tensors[name] = tensor
            else:
                faults.append(f"{name!r}: lies in {shard.name}, weight_map says {index.get(name, 'nothing of it')}")
    faults += [f"{name!r}: is not in {shard}" for name, shard in index.items() if name not in tensors]
    if faults:
        raise ModelError(str(path), faults)
    return SafetensorsFile((path, *shards), tensors, metadata)


def _read_index(path: Path, file: InputFile) -> dict[str, str]:
    try:
        raw = SAFETENSORS_INDEX.read_from(file)
    except ValueError as error:
        raise FormatError(str(path), str(error)) from None
    try:
        index = strict_json.parse(raw).get("weight_map")
    except ValueError as error:
        raise FormatError(str(path), str(error)) from None
    if not isinstance(index, dict) or not index or not all(isinstance(shard, str) for shard in index.values()):
        raise FormatError(str(path), "has no weight_map from tensor names to shards")
    return index


def _is_shard_name(name: str) -> bool:
    # No character that some system takes for a path separator, a drive or a stream: the shard lies beside the index.
    is_short = len(name.encode()) <= LONGEST_NAME
    return (
        is_short
        and name.endswith(".safetensors")
        and name[0] != "."
        and min(name) >= " "
        and not set(name) & set("/\\:")
    )


class SafetensorsBlob(NamedTuple):
    """A planned safetensors file; implements `Blob`."""

    prefix: bytes
    tensors: Sequence[StoredTensor]
    length: int

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Header and data in one pass.

        Raises:
            EncoderfileError: a tensor's data has another length than stated.
        """
        yield self.prefix
        for tensor in self.tensors:
            yield from exact_chunks(tensor)


def plan(tensors: Sequence[StoredTensor], metadata: Mapping[str, str]) -> SafetensorsBlob:
    """Lay out a safetensors file: tensors with the widest types first, which keeps all of them aligned, else in order.

    Raises:
        ModelError: the format cannot represent them.
    """
    faults = list(tensor_faults(tensors))
    faults += [f"{METADATA!r}: is no name for a tensor" for tensor in tensors if tensor.name == METADATA]
    if faults:
        raise ModelError("safetensors", faults)
    ordered = sorted(tensors, key=lambda tensor: -BITS[tensor.dtype])
    header: dict[str, object] = {METADATA: dict(metadata)} if metadata else {}
    position = 0
    for tensor in ordered:
        stop = position + tensor.data.length
        header[tensor.name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [position, stop]}
        position = stop
    raw = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    # Padded with spaces, as the format allows, so that the data begins at a multiple of 8 bytes.
    raw += b" " * (-len(raw) % _LENGTH)
    if len(raw) > SAFETENSORS_HEADER.size:
        most = SAFETENSORS_HEADER.size
        raise ModelError("safetensors", [f"the header would have {len(raw)} bytes, at most {most} are allowed"])
    prefix = len(raw).to_bytes(_LENGTH, "little") + raw
    return SafetensorsBlob(prefix, ordered, len(prefix) + position)
