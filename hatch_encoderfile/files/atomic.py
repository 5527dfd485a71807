"""Atomic output: files that appear complete or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.files import open_file

from .background import Task

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def atomic_output(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Yield a file for writing and reading, which becomes `path`, with exactly `mode`, when the block ends.

    Until then it has a temporary name in the same directory, its `name`. Missing parent directories are made. If the
    block raises, `path` is unchanged, and the temporary file and new directories are removed.

    Raises:
        EncoderfileError: the file cannot be written.
        UsageError: `path` exists and is not a regular file.
    """
    import tempfile

    check_output(path)
    made = [parent for parent in path.parents if not parent.exists()]
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".encoderfile-")
        temporary = Path(name)
        os.close(descriptor)
        temporary.chmod(mode)  # before fsync, so that the file's metadata is written only once
        with temporary.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _replace(path, temporary)
    except BaseException as error:
        with suppress(OSError):
            if temporary:
                temporary.unlink()
            for parent in made:
                parent.rmdir()
        if isinstance(error, OSError):
            raise EncoderfileError(f"{error.filename or path}: {error.strerror or error}") from error
        raise


def _replace(path: Path, temporary: Path) -> None:
    """Rename the new file to its path; a large file that it replaces is freed in another thread, which takes a while."""
    before = None
    if os.name == "posix":  # on Windows an open file cannot be replaced
        with suppress(OSError, ValueError):
            before = open_file(path)
    try:
        temporary.replace(path)
    finally:
        if before:
            Task(before.close)


def check_output(path: Path) -> None:
    """Refuse a path at which something other than a regular file exists: a pipe or device would be replaced by a file.

    A link to a regular file is replaced; the file to which it leads stays as it is.

    Raises:
        EncoderfileError: the path cannot be examined.
        UsageError: something other than a regular file is there.
    """
    try:
        found = stat.S_IFMT(path.lstat().st_mode)
        if stat.S_ISLNK(found):
            found = stat.S_IFMT(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        if not path.is_symlink():
            return
        raise UsageError(f"{path}: is a link to nothing: remove it, or choose another output") from None
    except OSError as error:
        raise EncoderfileError(f"{path}: {error.strerror or error}") from None
    if stat.S_ISDIR(found):
        raise UsageError(f"{path}: is a directory, expected the path of a file")
    if not stat.S_ISREG(found):
        raise UsageError(f"{path}: is not a regular file, so it is not replaced: choose another output")
