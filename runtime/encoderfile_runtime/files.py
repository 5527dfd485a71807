"""Input files: the one place that opens what somebody else may have put there.

Only regular files are opened, since a FIFO would be waited for and a device read without end. A file is opened once and read at
offsets from then on, so that no other can take its name between a check and what was checked. Where a folder bounds what may be
read, it is held open and each name below it is opened from the folder before, so that no link leads out.
"""

import errno
import io
import os
import stat
from typing import Any, NamedTuple

from .errors import EncoderfileError

_HANDLES = os.open in os.supports_dir_fd  # not on Windows
_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0) | getattr(os, "O_BINARY", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
FOLDER = os.O_RDONLY | _COMMON | NO_LINK | getattr(os, "O_DIRECTORY", 0)
# A FIFO would be waited for without end, and a terminal become the process's own.
FILE = os.O_RDONLY | _COMMON | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_PIECE = 1 << 30  # a read of more than 2 GiB is cut short or refused, according to the system


class Identity(NamedTuple):
    """What changes when a file is written to, or another gets its name."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class InputFile:
    """A regular file that is open for reading, at any offset and from any thread.

    Attributes:
        path: what it was opened as, for messages.
        identity: what it was when it was opened.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        """Take over a descriptor, which is closed with this object."""
        self.path = path
        self._descriptor = descriptor
        self.identity = _identity(os.fstat(descriptor))

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> "InputFile":  # noqa: PYI034 - typing has Self from Python 3.11 on
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes, when it was opened."""
        return self.identity.size

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody has written to it since it was opened."""
        return _identity(os.fstat(self._descriptor)) == self.identity

    def fileno(self) -> int:
        """The descriptor; its offset means nothing."""
        return self._descriptor

    def close(self) -> None:
        """Close it; what was mapped stays."""
        descriptor, self._descriptor = getattr(self, "_descriptor", -1), -1
        if descriptor >= 0:
            os.close(descriptor)

    def readinto(self, buffer: Any, offset: int) -> int:
        """Read bytes from an offset into a writable buffer; how many, 0 at the end of the file."""
        return _read_at(self._descriptor, memoryview(buffer)[:_PIECE], offset)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset; fewer only where the file ends."""
        data = _bytes_at(self._descriptor, min(length, _PIECE), offset)
        if len(data) == length or not data:
            return data
        return data + self.read(offset + len(data), length - len(data))

    def reader(self) -> io.BufferedReader:
        """The same file with a position of its own, to be read from its start; closing it does not close this."""
        return io.BufferedReader(_Reader(self))


class _Reader(io.RawIOBase):
    """What reads an `InputFile` from one position to the next."""

    def __init__(self, file: InputFile) -> None:
        super().__init__()
        self._file = file
        self._position = 0

    def fileno(self) -> int:
        return self._file.fileno()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer, self._position)
        self._position += count
        return count


def open_file(path: "str | os.PathLike[str]", below: "str | os.PathLike[str] | None" = None) -> InputFile:
    """Open a file for reading. This is the one function that opens inputs.

    Args:
        path: the file; links on the way are followed, unless `below` is given.
        below: a folder. `path` has to be the path of a file below it without any link, as `os.path.realpath` gives both.

    Raises:
        OSError: it cannot be opened; with ELOOP or ENOTDIR where a link is on a way that may have none.
        ValueError: it is a directory, a FIFO, a socket or a device; or the path cannot be a path.
    """
    name = os.fspath(path)
    try:
        if below is None:
            descriptor = os.open(name, FILE)
        else:
            top = os.fspath(below)
            descriptor = open_below(top, _parts(name, top), FILE | NO_LINK)
    except IsADirectoryError:
        raise ValueError("is not a regular file, but a directory") from None
    except PermissionError:
        if os.path.isdir(name):  # noqa: PTH112 - pathlib is not loaded at start-up. Windows opens no folder
            raise ValueError("is not a regular file, but a directory") from None
        raise
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket
            raise ValueError("is not a regular file") from None
        raise
    file = InputFile(name, descriptor)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return file
    file.close()
    raise ValueError(f"is not a regular file{', but a directory' if stat.S_ISDIR(mode) else ''}")


def opened_stream(path: str) -> "io.BufferedReader":
    """A file of texts: a regular one, or a pipe that this process has open already.

    `<(command)` of a shell is such a pipe, under `/dev/fd`. A FIFO that has a name of its own is no such thing: whoever put it
    there decides when, and whether, reading it ends.

    Raises:
        OSError: it cannot be opened.
        ValueError: it is a directory, a FIFO, a socket or a device.
    """
    folder, _, number = os.fspath(path).rpartition("/")
    if path == "/dev/stdin":
        folder, number = "/dev/fd", "0"
    if folder in ("/dev/fd", "/proc/self/fd") and number.isascii() and number.isdigit():
        return open(os.dup(int(number)), "rb")  # noqa: PTH123 - closed by the caller
    return open_file(path).reader()


def is_pipe(path: str) -> bool:
    """Whether a path is that of a FIFO."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 - pathlib is not loaded at start-up
    except (OSError, ValueError):
        return False


def open_below(top: str, parts: "list[str]", flags: int) -> int:
    """A descriptor of what has the name `parts` below the folder `top`; neither it nor any part is a link.

    Raises:
        OSError: it cannot be opened; with ELOOP or ENOTDIR where there is a link.
        ValueError: a part is no plain name.
    """
    if any(part in ("", os.curdir, os.pardir) or "/" in part for part in parts):
        raise ValueError("has a part that is no plain name")
    if not _HANDLES:
        refuse_links(top, parts)
        return os.open(os.path.join(top, *parts), flags)  # noqa: PTH118 - as above
    folder = os.open(top, FOLDER)
    for index, part in enumerate(parts):
        try:
            inner = os.open(part, flags if index == len(parts) - 1 else FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def refuse_links(top: str, parts: "list[str]") -> None:
    """Look at each part by its name, where a folder cannot be held.

    Raises:
        OSError: with ELOOP where one is a link.
    """
    for count in range(len(parts) + 1):
        if os.path.islink(os.path.join(top, *parts[:count])):  # noqa: PTH114, PTH118 - as above
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def read_file(path: "str | os.PathLike[str]", largest: int) -> bytes:
    """All of a regular file of at most that many bytes; of a larger one nothing is read.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not regular, or larger.
    """
    with open_file(path) as file:
        return read_all(file, largest)


def read_all(file: InputFile, largest: int) -> bytes:
    """All of an open file of at most that many bytes; of a larger one nothing is read.

    Files of `/proc` say that they are empty and are read all the same.

    Raises:
        OSError: it cannot be read.
        ValueError: it is larger.
    """
    if file.size > largest:
        raise ValueError(f"is larger than {largest} bytes")
    data = file.read(0, file.size + 1)
    while len(data) <= largest and (piece := file.read(len(data), io.DEFAULT_BUFFER_SIZE)):
        data += piece
    if len(data) > largest:
        raise ValueError(f"is larger than {largest} bytes")
    return data


def _parts(name: str, top: str) -> "list[str]":
    return os.path.relpath(name, top).split(os.sep)  # noqa: PTH206 - pathlib is not loaded at start-up


def reason(error: Exception) -> str:
    """Why a file could not be opened or read, without its name."""
    return str(getattr(error, "strerror", None) or error)


def opened(path: str) -> InputFile:
    """`open_file` for what a command names.

    Raises:
        EncoderfileError: it cannot be opened.
    """
    try:
        return open_file(path)
    except (OSError, ValueError) as error:
        raise EncoderfileError(f"{path}: {reason(error)}") from None


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


if hasattr(os, "preadv"):
    _bytes_at = os.pread

    def _read_at(descriptor: int, buffer: memoryview, offset: int) -> int:
        return os.preadv(descriptor, [buffer], offset)

else:
    from _thread import allocate_lock

    _seeking = allocate_lock()

    def _bytes_at(descriptor: int, length: int, offset: int, /) -> bytes:
        with _seeking:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, length)

    def _read_at(descriptor: int, buffer: memoryview, offset: int) -> int:
        data = _bytes_at(descriptor, len(buffer), offset)
        buffer[: len(data)] = data
        return len(data)
