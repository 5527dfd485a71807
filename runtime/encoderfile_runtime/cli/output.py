"""The destination of results: standard output, or a file that gets its name when it is complete."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import EncoderfileError

from .screen import note

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def opened(path: str | None, *, binary: bool) -> Iterator[Any]:
    """Open a file of UTF-8 text or bytes for writing; a binary one is seekable.

    The file is written as `path` + ".part" and renamed at the end; after an error, the part stays. On standard output,
    text is written at once and bytes when all are there, or when an error ends the command.
    """
    if path is None:
        with _standard(binary=binary) as out:
            yield out
        return
    special = os.path.exists(path) and not os.path.isfile(path)  # noqa: PTH110, PTH113 - a pipe, a device
    part = path if special else f"{path}.part"
    try:
        out = open(part, "wb" if binary else "w", **({} if binary else {"encoding": "utf-8", "newline": "\n"}))  # type: ignore[call-overload]  # noqa: PTH123, SIM115 - as below
    except OSError as error:
        raise EncoderfileError(f"{path}: {error.strerror or error}") from None
    try:
        with out:
            yield out
        if not special:
            os.replace(part, path)  # noqa: PTH105 - pathlib is not loaded
    except BaseException as error:
        if not special:
            _keep(part)
        if isinstance(error, OSError):
            raise EncoderfileError(f"{path}: {error.strerror or error}") from None
        raise


@contextmanager
def _standard(*, binary: bool) -> Iterator[Any]:
    """Standard output, through a temporary file for bytes: a pipe cannot seek."""
    if not binary:
        yield sys.stdout
        return
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    with TemporaryFile() as out:
        try:
            yield out
        finally:
            out.seek(0)
            copyfileobj(out, sys.stdout.buffer)


def _keep(part: str) -> None:
    """Say where an unfinished file is; remove it if it is empty."""
    if os.path.getsize(part):  # noqa: PTH202 - pathlib is not loaded
        note(f"what was done until then is in {part}")
    else:
        os.unlink(part)  # noqa: PTH108 - as above
