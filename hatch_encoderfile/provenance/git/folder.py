"""Files beneath one folder: regular ones alone, each of a bounded length, and no link on the way is followed."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

_HANDLES = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO would be waited for without end
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LINK = "is a link or no folder: links in a git directory are not followed"


class GitError(EncoderfileError):
    """What a git directory holds cannot be read, or is not understood; no path of the machine is in the text."""


class GitFolder:
    """The files beneath a folder, by names with `/` between.

    Names are literals, or were checked by whoever read them: none has an empty part, `.` or `..`.
    """

    def __init__(self, path: Path) -> None:
        """`path` is not a link itself, or nothing of it is read."""
        self.path = path

    @contextmanager
    def open(self, name: str) -> Iterator[BufferedReader | None]:
        """A file for reading; None where there is none.

        Raises:
            GitError: it is a link, beneath a link, not regular, or cannot be opened.
        """
        try:
            descriptor = self._descriptor(name.split("/"), _FILE)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise _fault(name, error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise GitError(f"{name}: is not a regular file")
        with os.fdopen(descriptor, "rb") as file:
            try:
                yield file
            except OSError as error:
                raise _fault(name, error) from None

    def read(self, name: str, largest: int) -> bytes | None:
        """All of a file of at most that many bytes; None where there is none.

        Raises:
            GitError: it is larger, or cannot be opened.
        """
        with self.open(name) as file:
            if file is None:
                return None
            data = file.read(largest + 1)
        if len(data) > largest:
            raise GitError(f"{name}: is larger than {largest} bytes")
        return data

    def text(self, name: str, largest: int) -> str | None:
        """A file of one line of UTF-8, without its end; None where there is none.

        Raises:
            GitError: it is larger, no such text, or cannot be opened.
        """
        data = self.read(name, largest)
        try:
            line = None if data is None else data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise GitError(f"{name}: expected UTF-8") from None
        if line is not None and not line.isprintable():
            raise GitError(f"{name}: expected one line of text")
        return line

    def names(self, folder: str, most: int) -> list[str]:
        """The names in a folder, sorted; none where there is no such folder.

        Raises:
            GitError: there are more than `most`, or it cannot be listed.
        """
        try:
            descriptor = self._descriptor(folder.split("/"), _FOLDER) if _HANDLES else None
            try:
                self._refuse_links(folder.split("/"))
                with os.scandir(self.path / folder if descriptor is None else descriptor) as entries:
                    found = [entry.name for entry in islice(entries, most + 1)]
            finally:
                if descriptor is not None:
                    os.close(descriptor)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _fault(folder, error) from None
        if len(found) > most:
            raise GitError(f"{folder}: has more than {most} entries")
        return sorted(found)

    def _descriptor(self, parts: list[str], flags: int) -> int:
        if not _HANDLES:
            self._refuse_links(parts)
            return os.open(self.path.joinpath(*parts), os.O_RDONLY | flags)
        folder = os.open(self.path, os.O_RDONLY | _FOLDER)
        for index, part in enumerate(parts):
            try:
                inner = os.open(part, os.O_RDONLY | (flags if index == len(parts) - 1 else _FOLDER), dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder

    def _refuse_links(self, parts: list[str]) -> None:
        """Where there are no handles of folders, look at each part by its name."""
        if _HANDLES:
            return
        for index in range(len(parts) + 1):
            if self.path.joinpath(*parts[:index]).is_symlink():
                raise OSError(errno.ELOOP, _LINK)


def _fault(name: str, error: OSError) -> GitError:
    is_link = error.errno in (errno.ELOOP, errno.ENOTDIR)
    return GitError(f"{name}: {_LINK}" if is_link else f"{name}: cannot be read: {error.strerror or error}")
