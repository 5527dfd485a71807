"""A description of a weights file, as data for a table or for JSON."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from encoderfile_runtime.embd.file import Flag
from encoderfile_runtime.files import opened
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.weights import safetensors, sequential
from hatch_encoderfile.weights.formats import Format, detect, embd_tensors, load_embd
from hatch_encoderfile.weights.sequential_scanner import VERSION
from hatch_encoderfile.weights.tensor import to_stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hatch_encoderfile.files.blob import FileRange
    from hatch_encoderfile.weights.tensor import StoredTensor


class TensorReport(NamedTuple):
    """One tensor as it is stored.

    Attributes:
        name: name of the tensor.
        dtype: safetensors' name of the element type.
        shape: sizes of its dimensions.
        file: name of the file with its data.
        offset: offset of its data in that file.
        length: length of its data in bytes.
        sha256: digest of its data; None without `full`.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    offset: int
    length: int
    sha256: str | None


class Report(NamedTuple):
    """A weights file.

    Attributes:
        format: `embd`, `sequential`, `safetensors` or `safetensors-index`.
        version: version of the format; None if it has none.
        flags: names of the flags that are set in an EMBD header.
        orientation: of a sequential file's linear weights; None if the shapes do not decide it, and in other formats.
        vocabulary_size: number of tokens; None without a vocabulary.
        special_tokens: ids by name; None without a vocabulary in EMBD.
        parameters: number of elements of all tensors.
        checked: whether every byte was read and all checksums match.
        warnings: harmless deviations from the format, a line each.
    """

    format: str
    version: str | None
    flags: tuple[str, ...]
    orientation: str | None
    metadata: dict[str, str]
    vocabulary_size: int | None
    special_tokens: dict[str, int] | None
    tensors: tuple[TensorReport, ...]
    parameters: int
    checked: bool
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as values for JSON."""
        return {**self._asdict(), "tensors": [tensor._asdict() for tensor in self.tensors]}


def inspect(path: Path, *, full: bool = False) -> Report:
    """Describe a weights file; without `full`, its tensors' data is not read.

    Args:
        path: safetensors, its index, EMBD or sequential.
        full: read every byte, compare checksums, compute each tensor's SHA-256.

    Raises:
        FormatError: the file violates its format, or a checksum differs.
        ModelError: index and shards disagree.
        UsageError: it is in no known format.
    """
    found = detect(path)
    if found is Format.EMBD:
        return _embd(path, full)
    if found is Format.SEQUENTIAL:
        scanned = sequential.scan(path)
        orientation = scanned.orientation.value if scanned.orientation else None
        report = _report(found, map(to_stored, scanned.tensors), full)
        return report._replace(
            version=str(VERSION), orientation=orientation, vocabulary_size=len(scanned.vocabulary) or None
        )
    file = safetensors.read(path)
    return _report(found, file.tensors.values(), full)._replace(metadata=file.metadata)


def _embd(path: Path, full: bool) -> Report:
    file = opened(str(path))
    parsed = load_embd(file)
    if full:
        parsed.verify_checksums()
        parsed.check_vocabulary()
    header, special = parsed.header, parsed.special_tokens
    return _report(Format.EMBD, embd_tensors(file, parsed), full)._replace(
        version=f"{header.version_major}.{header.version_minor}",
        flags=tuple(flag.name for flag in Flag if flag in Flag(header.flags) and flag.name),
        metadata=parsed.metadata,
        vocabulary_size=parsed.token_count,
        special_tokens=special._asdict() if special else None,
        warnings=tuple(parsed.warnings),
    )


def _report(found: Format, stored: Iterable[StoredTensor], full: bool) -> Report:
    tensors = tuple(_tensor(tensor, full) for tensor in stored)
    return Report(
        format=found.value,
        version=None,
        flags=(),
        orientation=None,
        metadata={},
        vocabulary_size=None,
        special_tokens=None,
        tensors=tensors,
        parameters=sum(math.prod(tensor.shape) for tensor in tensors),
        checked=full,
        warnings=(),
    )


def _tensor(tensor: StoredTensor, full: bool) -> TensorReport:
    place = cast("FileRange", tensor.data)  # as every tensor that was only read
    digest = None
    if full:
        digest = sha256_of(place).hex()
    name = PurePath(place.file.path).name
    return TensorReport(tensor.name, tensor.dtype, tensor.shape, name, place.offset, place.length, digest)
