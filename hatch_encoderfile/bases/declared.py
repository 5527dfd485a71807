"""The base and the cache that a spec names: a repo chose them, so they have to lie where a build may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import reason

if TYPE_CHECKING:
    from pathlib import Path

    from encoderfile_runtime.files import InputFile
    from hatch_encoderfile.files.boundary import Boundary
    from hatch_encoderfile.spec import ModelSpec


def declared_base(spec: ModelSpec, boundary: Boundary) -> InputFile | None:
    """The base that the spec names, if it does.

    Raises:
        EncoderfileError: it cannot be opened.
        UsageError: it lies outside of what may be read.
    """
    if spec.base_binary_path is None:
        return None
    try:
        return boundary.open(spec.base_binary_path)
    except OSError as error:
        raise EncoderfileError(f"{spec.base_binary_path}: the base binary cannot be read: {reason(error)}") from None


def declared_cache(spec: ModelSpec, boundary: Boundary) -> Path | None:
    """The cache that the spec names, if it does.

    Raises:
        UsageError: it lies outside of what may be read and written.
    """
    if spec.cache_dir is not None:
        boundary.check(spec.cache_dir, "a build reads and writes")
    return spec.cache_dir
