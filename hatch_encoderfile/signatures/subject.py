"""Read a file once: structure, the digest of every part, and the SHA-256 of the whole for its signature."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.files.blob import CHUNK
from hatch_encoderfile.files.bounded import open_regular
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

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
    open_regular(path).close()
    container = Container(str(path))
    with HashBeside() as whole:
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
    path, whole = Path(name), HashBeside()
    with open_regular(path) as file, whole:
        while chunk := file.read(CHUNK):
            whole.update(chunk)
            if progress:
                progress(len(chunk))
    return Subject(name, path, whole.digest(), whole.head)


class HashBeside:
    """SHA-256 in a thread of its own: with two free cores, hashing a file twice takes the time of once.

    Attributes:
        head: the first bytes.
    """

    def __init__(self) -> None:
        self.head = b""
        self._sha256 = hashlib.sha256()
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._chunks.put(None)
        self._thread.join()

    def update(self, data: bytes, /) -> None:
        """Take more bytes; they are hashed soon."""
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self._chunks.put(data)

    def digest(self) -> bytes:
        """The digest, once the block has ended."""
        return self._sha256.digest()

    def _run(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            self._sha256.update(chunk)
