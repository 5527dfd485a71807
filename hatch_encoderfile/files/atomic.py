"""Output files that appear complete or not at all."""

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
    """A file open for writing and reading that becomes `path`, with exactly `mode`, when the block ends.

    The file's `name` is where it is written to meanwhile. Missing parent directories are made. When the block raises,
    `path` is as it was and nothing else is left.

    Raises:
        EncoderfileError: the system refuses to write.
        UsageError: something else than a regular file is at `path`.
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
        temporary.chmod(mode)  # here and not at the end, where the system would have to write it down once more
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
    """Give the new file its name; the room of a large one that had it is freed beside what comes next."""
    before = None
    if os.name == "posix":  # elsewhere a file that is open keeps its name
        with suppress(OSError, ValueError):
            before = open_file(path)
    try:
        temporary.replace(path)
    finally:
        if before:
            Task(before.close)


def check_output(path: Path) -> None:
    """Refuse a path that something else than a regular file has: a pipe or a device would be replaced by a file.

    A link to a regular file is replaced; the file that it leads to stays as it is.

    Raises:
        EncoderfileError: the system cannot say what is there.
        UsageError: something else than a regular file is there.
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
