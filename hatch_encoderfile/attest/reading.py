"""Read a file once: structure, the digest of every part, and the SHA-256 of the whole for its signature."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.container import Container
from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.verify import verify
from hatch_encoderfile.blob import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from encoderfile_runtime.manifest import Manifest
    from encoderfile_runtime.verify import Report

_WAITING = 4  # pieces of 1 MiB between the reader and the second hash
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class Subject(NamedTuple):
    """What a signature has to be about.

    Attributes:
        name: the file's path, or `sha256:HEX`.
        path: None where only a digest is known.
        report: what was checked inside; None for a file that is taken as it is.
        manifest: the same.
    """

    name: str
    path: Path | None
    sha256: bytes
    report: Report | None = None
    manifest: Manifest | None = None


def read_encoderfile(path: Path, progress: Callable[[int], None] | None = None) -> Subject:
    """Check every byte of an encoderfile and hash the whole.

    Raises:
        FormatError: the structure is broken.
        IntegrityError: a digest differs.
    """
    container = Container(str(path))
    with HashBeside() as whole:
        report = verify(container, progress, whole)
    return Subject(str(path), path, whole.digest(), report, container.manifest)


def read_any(name: str, progress: Callable[[int], None] | None = None) -> Subject:
    """Hash a file of any kind, or take `sha256:HEX` as its hash.

    Raises:
        UsageError: `sha256:` is not followed by 64 lower-case hexadecimal digits.
        EncoderfileError: the file cannot be read.
    """
    if name.startswith("sha256:"):
        if match := _DIGEST.fullmatch(name):
            return Subject(name, None, bytes.fromhex(match[1]))
        raise UsageError(f"{name}: expected sha256: and 64 lower-case hexadecimal digits")
    path, digest = Path(name), hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                if progress:
                    progress(len(chunk))
    except OSError as error:
        raise EncoderfileError(f"{name}: {error.strerror or error}") from None
    return Subject(name, path, digest.digest())


class HashBeside:
    """SHA-256 in a thread of its own: with two free cores, hashing a file twice takes the time of once."""

    def __init__(self) -> None:
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
        self._chunks.put(data)

    def digest(self) -> bytes:
        """The digest, once the block has ended."""
        return self._sha256.digest()

    def _run(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            self._sha256.update(chunk)
