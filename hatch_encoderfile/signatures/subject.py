"""Read a file once: structure, the digest of every part, and the SHA-256 of the whole for its signature."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.files import open_file
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.files.blob import CHUNK
from hatch_encoderfile.files.digests import HashBeside
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.format.manifest import Manifest
    from encoderfile_runtime.format.verify import Report

_WAITING = 4  # pieces of 1 MiB between the reader and the second hash
HEAD = 16
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class Subject(NamedTuple):
    """What a signature has to be about.

    Attributes:
        name: the file's path, or `sha256:HEX`.
        path: None where only a digest is known.
        head: its first bytes.
        report: what was checked inside; None for a file that is taken as it is.
        manifest: the same.
    """

    name: str
    path: Path | None
    sha256: bytes
    head: bytes = b""
    report: Report | None = None
    manifest: Manifest | None = None


def read_encoderfile(path: Path, progress: Callable[[int], None] | None = None) -> Subject:
    """Check every byte of an encoderfile and hash the whole.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is not a regular file.
        FormatError: the structure is broken.
        IntegrityError: a digest differs.
    """
    open_file(path).close()
    container = Container(str(path))
    with _Whole() as whole:
        report = verify(container, progress, whole, decompress)
    return Subject(str(path), path, whole.digest(), whole.head, report, container.manifest)


def read_any(name: str, progress: Callable[[int], None] | None = None) -> Subject:
    """Hash a file of any kind, or take `sha256:HEX` as its hash.

    Raises:
        UsageError: `sha256:` is not followed by 64 lower-case hexadecimal digits.
        OSError: the file cannot be read.
        ValueError: it is not a regular file.
    """
    if name.startswith("sha256:"):
        if match := _DIGEST.fullmatch(name):
            return Subject(name, None, bytes.fromhex(match[1]))
        raise UsageError(f"{name}: expected sha256: and 64 lower-case hexadecimal digits")
    path, whole = Path(name), _Whole()
    with open_file(path) as opened, opened.reader() as file, whole:
        while chunk := file.read(CHUNK):
            whole.update(chunk)
            if progress:
                progress(len(chunk))
    return Subject(name, path, whole.digest(), whole.head)


class _Whole(HashBeside):
    """The SHA-256 of the whole.

    Attributes:
        head: the first bytes.
    """

    def __init__(self) -> None:
        super().__init__(behind=_WAITING)
        self.head = b""

    def update(self, piece: bytes | memoryview, /) -> None:
        """Take the next piece, which nobody changes."""
        if len(self.head) < HEAD:
            self.head += bytes(piece[: HEAD - len(self.head)])
        super().update(piece)
