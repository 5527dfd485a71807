"""The files that travel with a model for people and auditors: as they came, or as the spec lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.manifest import Codec, is_safe_path
from hatch_encoderfile.container.content import SBOM_NAME, AttachedFile
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.files.boundary import is_there
from hatch_encoderfile.files.zstd import ZstdBlob

from .files import normal
from .inputs import OTHER_ATTACHMENTS, InputFiles

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths

_AS_THEY_CAME = {
    "config.json": limits.CONFIG,
    "tokenizer.json": limits.TOKENIZER,
    "README.md": limits.MODEL_CARD,
    "LICENSE": limits.DOCUMENT,
    "LICENSE.txt": limits.DOCUMENT,
    "LICENSE.md": limits.DOCUMENT,
    "NOTICE": limits.DOCUMENT,
}
_MEDIA_TYPES = {
    "": "text/plain",
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def attach(spec: ModelSpec, paths: ModelPaths, files: InputFiles) -> tuple[AttachedFile, ...]:
    """The model's own documents that are there, then what the spec lists.

    Raises:
        ModelError: a listed file is not there, or two would have the same name.
    """
    found: dict[str, Path] = {}
    faults = []
    for name in _AS_THEY_CAME:
        path = {"config.json": paths.config, "tokenizer.json": paths.tokenizer}.get(name) or paths.optional(name)
        if path is not None:
            found[name] = path
    for path in map(normal, spec.attachments):
        if path.is_dir():
            faults.append(f"attachments: {path}: is a directory, expected a file: list its files one by one")
        elif not is_there(path):
            faults.append(f"attachments: {path}: not there")
        elif path.name == SBOM_NAME or found.get(path.name, path) != path:
            faults.append(f"attachments: {path}: {path.name} is attached already")
        elif not is_safe_path(path.name):
            faults.append(f"attachments: {path.name!r} is not a name that every system can extract")
        found[path.name] = path
    if faults:
        raise ModelError(str(spec.origin), faults)
    return tuple(
        _attached(name, path, _input_name(path, paths), files, spec.attachment_codec) for name, path in found.items()
    )


def _attached(name: str, path: Path, input_name: str, files: InputFiles, codec: Codec) -> AttachedFile:
    data = files.read(path, input_name, _AS_THEY_CAME.get(name, limits.ATTACHMENT))
    stored = ZstdBlob(data) if codec is Codec.ZSTD else None
    return AttachedFile(name=name, media_type=_media_type(path), data=BytesBlob(data), input=input_name, stored=stored)


def _input_name(path: Path, paths: ModelPaths) -> str:
    if path.is_relative_to(paths.directory) or path in (paths.config, paths.tokenizer):
        return paths.name(path)
    return f"{OTHER_ATTACHMENTS}{path.name}"


def _media_type(path: Path) -> str:
    # The mimetypes module knows more, but not the same in every version of Python.
    return _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
