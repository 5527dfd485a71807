"""Files beneath one folder: regular ones alone, each of a bounded length, and no link on the way is followed."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import FILE, FOLDER, NO_LINK, open_below, refuse_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

_HANDLES = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
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
            descriptor = open_below(str(self.path), name.split("/"), FILE | NO_LINK)
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
            descriptor = open_below(str(self.path), folder.split("/"), FOLDER) if _HANDLES else None
            try:
                if descriptor is None:
                    refuse_links(str(self.path), folder.split("/"))
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


def _fault(name: str, error: OSError) -> GitError:
    is_link = error.errno in (errno.ELOOP, errno.ENOTDIR)
    return GitError(f"{name}: {_LINK}" if is_link else f"{name}: cannot be read: {error.strerror or error}")
