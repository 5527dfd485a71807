"""Which base binary a build begins with."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.manifest import PORTABLE
from hatch_encoderfile.blob import Blob, BytesBlob, whole_file

from . import portable

if TYPE_CHECKING:
    from pathlib import Path

EXTERNAL = "external"


class BaseBinary(NamedTuple):
    """A base binary, ready to be copied.

    Attributes:
        name: what to call it in messages.
        data: its bytes.
        flavour: "portable" where it is a zip of our runtime, else "external".
        target: a target triple, or "any".
        runtime_version: the version of our runtime in it; empty where that is not known.
    """

    name: str
    data: Blob
    flavour: str
    target: str
    runtime_version: str


def resolve(target: str, path: Path | None = None) -> BaseBinary:
    """The base for a target, or the file that the user names.

    Raises:
        UsageError: no base for this target is known.
        EncoderfileError: the named file cannot be read.
    """
    if path is not None:
        return _from_file(path, target)
    if target != PORTABLE:
        raise UsageError(
            f"target {target!r} is not supported yet without a base: use 'portable', or give --base-binary-path"
        )
    return BaseBinary("portable base", BytesBlob(portable.build()), PORTABLE, "any", __version__)


def _from_file(path: Path, target: str) -> BaseBinary:
    if path.is_dir():
        raise EncoderfileError(f"{path}: is a directory, expected a base binary: check base-binary-path")
    if not path.is_file():
        raise EncoderfileError(f"{path}: the base binary is not there: check base-binary-path")
    try:
        data = whole_file(path)
        with path.open("rb") as file:
            is_portable = file.read(2) == b"#!" and zipfile.is_zipfile(path)
    except OSError as error:
        raise EncoderfileError(f"{path}: the base binary cannot be read: {error.strerror}") from None
    if is_portable:
        return BaseBinary(str(path), data, PORTABLE, "any", "")
    return BaseBinary(str(path), data, EXTERNAL, "any" if target == PORTABLE else target, "")
