"""The build key: a digest of all inputs of a build and its provenance. A stored build with the same key is reused."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import encoderfile_runtime
from hatch_encoderfile import bases
from hatch_encoderfile.bases.declared import declared_base, declared_cache
from hatch_encoderfile.files import zstd
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.models import InputFiles, load
from hatch_encoderfile.provenance.builder import claimed
from hatch_encoderfile.provenance.checkout import Checkout

if TYPE_CHECKING:
    from encoderfile_runtime.format.manifest import Input
    from hatch_encoderfile.spec import ModelSpec


class BuildInputs(NamedTuple):
    """The inputs of a build for one target.

    Attributes:
        key: digest of everything that decides the result, hex.
        files: the model's files, as the manifest records them.
        base: sha256 of the base binary.
    """

    key: str
    files: list[Input]
    base: bytes


def read_files(spec: ModelSpec) -> list[Input]:
    """Read and check the model's files as a build does, without writing; they are the same for all targets.

    The files are those that the front end reads: others in the directory do not count, and a new optional file does.

    Raises:
        EncoderfileError: the model cannot be built.
    """
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        load(spec, inputs)
        return inputs.complete()


def read_inputs(spec: ModelSpec, target: str, files: list[Input] | None = None) -> BuildInputs:
    """Collect all inputs of a build; `files` are read unless they are given.

    Raises:
        EncoderfileError: the model cannot be built.
    """
    boundary = Boundary(spec.root)
    given = declared_base(spec, boundary)
    base = bases.resolve(target, given, bases.Source(declared=declared_cache(spec, boundary)))
    files = read_files(spec) if files is None else files
    base_sha256 = sha256_of(base.data)
    decides = {
        "code": _own_code(),
        "provenance": _provenance(spec),
        "target": target,
        "spec": _plain(spec, spec.root),
        # By content and not by path: a base that was fetched again is the same, one that was built again may not be.
        "base": [base_sha256.hex(), base.flavour, base.target, base.runtime_version],
        "zstd": zstd.purl() if spec.attachment_codec else None,
        "files": sorted((item.path, item.sha256.hex(), item.length) for item in files),
    }
    return BuildInputs(hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest(), files, base_sha256)


def input_paths(spec: ModelSpec) -> dict[str, Path]:
    """The paths of the files that a build reads, by their names in pins and manifest.

    Raises:
        EncoderfileError: the model cannot be built.
    """
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        load(spec, inputs)
        return inputs.paths


def _provenance(spec: ModelSpec) -> list[Any]:
    """The facts in the provenance besides the inputs, except the times of the build: these may be a reused build's."""
    return [Checkout(spec).state(), claimed(os.environ), platform.python_version(), os.environ.get("SOURCE_DATE_EPOCH")]


@cache
def _own_code() -> str:
    """Digest of our own files: in a checkout, code changes without a change of version."""
    digest = hashlib.sha256()
    for package in (Path(__file__).parent, Path(encoderfile_runtime.__file__).parent):
        names = sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())
        for name in names:
            if "__pycache__" not in name:
                data = (package / name).read_bytes()
                digest.update(f"{package.name}/{name}\0{len(data)}\0".encode())
                digest.update(data)
    return digest.hexdigest()


def _plain(value: object, root: Path) -> Any:
    """A spec as values for JSON; paths below `root` become relative, so that a moved repo has the same key."""
    if dataclasses.is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name), root) for item in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Path):
        return value.relative_to(root).as_posix() if value.is_relative_to(root) else str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item, root) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item, root) for item in value]
    return value
