"""The cache of base binaries, in the layout of Mozilla's CLI with the content's digest added.

    CACHE/base-binaries/hatch-encoderfile/RUNTIME_VERSION/TRIPLE/SHA256/encoderfile-runtime

A file appears under its name atomically, complete and checked. The file `chosen` beside the digests names the base that
was last built or fetched by URL, which is used if the index has no published one.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, IntegrityError
from encoderfile_runtime.files import opened, read_file
from hatch_encoderfile.files.atomic import atomic_output
from hatch_encoderfile.files.blob import CHUNK, whole_file
from hatch_encoderfile.files.boundary import is_regular
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.files.lock import locked
from hatch_encoderfile.targets import TRIPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENVIRONMENT = "ENCODERFILE_CACHE_DIR"
FILE_NAME = "encoderfile-runtime"
PARTIAL = f".{FILE_NAME}.part"
_CHOSEN = "chosen"
_LOCK = ".lock"
_LONGEST = 100  # bytes: a digest and the end of its line
_BEGUN, _EXECUTABLE = 0o644, 0o755  # writable by the owner alone, whatever the umask: the file will be run
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]*")


class CachedBase(NamedTuple):
    """A base in the cache."""

    path: Path
    runtime_version: str
    target: str
    sha256: str

    def check(self) -> None:
        """Compare the file with the digest that it is stored under.

        Raises:
            IntegrityError: they differ.
            EncoderfileError: the file cannot be read.
        """
        found = file_sha256(self.path)
        if found != self.sha256:
            raise IntegrityError(
                f"{self.path}: sha256 differs: recorded {self.sha256}, found {found}: "
                f"remove it with `encoderfile base remove --sha256 {self.sha256}`"
            )


def directory(given: Path | None = None, declared: Path | None = None) -> Path:
    """The cache's folder: the given one, else that of the environment, the declared one, or the user's."""
    if given is not None:
        return given
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    return declared or _users()


def _users() -> Path:
    """The user's cache folder by the conventions of the system."""
    from platformdirs import user_cache_path

    with suppress(RuntimeError):
        found = user_cache_path("encoderfile", appauthor=False)
        if found.is_absolute():
            return found
    raise EncoderfileError(f"there is no home directory for the cache: set {ENVIRONMENT}")


class Cache:
    """The base binaries under one folder.

    Attributes:
        root: the folder, which need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._top = root / "base-binaries" / "hatch-encoderfile"

    def __iter__(self) -> Iterator[CachedBase]:
        """All bases, in the order of version, target and digest."""
        for path in sorted(self._top.glob(f"*/*/*/{FILE_NAME}")):
            version, target, sha256 = path.parts[-4:-1]
            if _is_name(version, target, sha256) and is_regular(path):
                yield CachedBase(path, version, target, sha256)

    def find(self, version: str, target: str, sha256: str) -> CachedBase | None:
        """The base with this digest, unchecked; None if it is not in the cache."""
        path = self._folder(version, target, sha256) / FILE_NAME
        return CachedBase(path, version, target, sha256) if is_regular(path) else None

    def chosen(self, version: str, target: str) -> CachedBase | None:
        """The base that `choose` chose last; None if there is none."""
        with suppress(OSError, UnicodeDecodeError):
            sha256 = read_file(self._top / version / target / _CHOSEN, _LONGEST).decode("ascii").strip()
            if _SHA256.fullmatch(sha256):
                return self.find(version, target, sha256)
        return None

    def choose(self, base: CachedBase) -> None:
        """Make a base the one that `chosen` returns."""
        with atomic_output(base.path.parents[1] / _CHOSEN) as out:
            out.write(f"{base.sha256}\n".encode())

    def add(self, source: Path, version: str, target: str) -> CachedBase:
        """Copy a base into the cache.

        Raises:
            EncoderfileError: it cannot be read, or the cache cannot be written to.
        """
        sha256 = file_sha256(source)
        with self.adding(version, target, sha256) as partial:
            if partial is not None:
                with (
                    _refusals(partial),
                    opened(str(source)) as file,
                    file.reader() as content,
                    partial.open("wb") as out,
                ):
                    shutil.copyfileobj(content, out, CHUNK)
        return CachedBase(self._folder(version, target, sha256) / FILE_NAME, version, target, sha256)

    @contextmanager
    def adding(
        self, version: str, target: str, sha256: str, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[Path | None]:
        """Yield a file to write to, which becomes the base with this digest when the block ends.

        The file may hold the first part of the base, from a download that was interrupted: it is kept if the block
        raises, and removed if it is complete and has another digest. Only one process at a time is in the block. Yields
        None if the base is in the cache and intact.

        Raises:
            IntegrityError: the file has another digest.
            EncoderfileError: the cache cannot be written to.
        """
        folder = self._folder(version, target, sha256)
        partial, final = folder / PARTIAL, folder / FILE_NAME
        with _refusals(folder):
            _make(folder)
            with locked(folder / _LOCK, waiting):
                # Another process may have added it while this one waited for the lock.
                if is_regular(final) and file_sha256(final) == sha256:
                    yield None
                    return
                if not is_regular(partial):  # a link would lead the download to another place
                    partial.unlink(missing_ok=True)
                partial.touch(_BEGUN)
                yield partial
                _publish(partial, final, sha256)

    def remove(self, base: CachedBase) -> None:
        """Remove a base, everything beside it, and folders that are empty afterwards.

        Raises:
            EncoderfileError: the system refuses.
        """
        with _refusals(base.path):
            chosen = self.chosen(base.runtime_version, base.target)
            shutil.rmtree(base.path.parent)
            if chosen == base:
                (base.path.parents[1] / _CHOSEN).unlink()
        with suppress(OSError):
            for parent in base.path.parents[1:4]:
                parent.rmdir()

    def _folder(self, version: str, target: str, sha256: str) -> Path:
        if not _is_name(version, target, sha256):
            raise ValueError(f"no place in the cache for {version!r}, {target!r}, {sha256!r}")
        return self._top / version / target / sha256


def _publish(partial: Path, final: Path, sha256: str) -> None:
    """Check a complete file and rename it to its place in the cache."""
    with partial.open("r+b") as file:
        found = file_sha256(partial)
        if found != sha256:
            file.close()
            partial.unlink()
            raise IntegrityError(f"{final}: sha256 differs: expected {sha256}, found {found}: nothing was stored")
        partial.chmod(_EXECUTABLE)
        os.fsync(file.fileno())
    partial.replace(final)


def _make(folder: Path) -> None:
    """Make a folder and its missing parents, writable by the owner alone, whatever the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o755, exist_ok=True)
        path.chmod(path.stat().st_mode & ~0o022)


@contextmanager
def _refusals(place: Path) -> Iterator[None]:
    """Turn an OSError into an EncoderfileError that names the file."""
    try:
        yield
    except OSError as error:
        raise EncoderfileError(
            f"{error.filename or place}: {error.strerror or error}: choose another cache with --cache-dir"
        ) from None


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, hex.

    Raises:
        EncoderfileError: it cannot be read.
    """
    with _refusals(path):
        return sha256_of(whole_file(path)).hex()


def _is_name(version: str, target: str, sha256: str) -> bool:
    return bool(_VERSION.fullmatch(version) and target in TRIPLES and _SHA256.fullmatch(sha256))
