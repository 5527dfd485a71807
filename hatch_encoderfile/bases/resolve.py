"""The choice of the base binary for a build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.files import InputFile, open_file, opened, reason
from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile import targets
from hatch_encoderfile.files.blob import Blob, BytesBlob, FileRange

from .machine import HEAD, machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cache import Cache, CachedBase
    from .description import BaseDescription
    from .index import Entry

EXTERNAL = "external"
NO_DOWNLOAD = "ENCODERFILE_NO_DOWNLOAD"


class BaseBinary(NamedTuple):
    """A base binary, ready to be copied.

    Attributes: name: name for messages. data: its bytes. flavour: "portable" for a zip of our runtime, "static" or
        "assembled" for a standalone base of ours, else "external". target: a target triple, or "any". runtime_version:
        the version of our runtime in it; empty if unknown. description: the description of a standalone base of ours.
        sha256: the digest under which it is stored in the cache, hex; empty if it is not from there.
    """

    name: str
    data: Blob
    flavour: str
    target: str
    runtime_version: str
    description: BaseDescription | None = None
    sha256: str = ""

    def check(self, sha256: bytes) -> None:
        """Compare the digest of the bytes that a build read with the one under which it is stored.

        Raises:
            IntegrityError: they differ.
        """
        if self.sha256 and self.sha256 != sha256.hex():
            raise IntegrityError(
                f"{self.name}: sha256 differs: recorded {self.sha256}, found {sha256.hex()}: "
                f"remove it with `encoderfile base remove --sha256 {self.sha256}`"
            )


class Source(NamedTuple):
    """The sources of bases besides this package.

    Attributes:
        cache_dir: the cache that the user asks for; it comes before all others.
        declared: the cache that the spec declares; the environment comes before it.
        download: whether a missing base may be fetched.
    """

    cache_dir: Path | None = None
    declared: Path | None = None
    download: bool = True

    def cache(self) -> Cache:
        """The cache."""
        from .cache import Cache, directory

        return Cache(directory(self.cache_dir, self.declared))


def resolve(target: str, file: InputFile | Path | None = None, source: Source | None = None) -> BaseBinary:
    """The base for a target: the named file, the one in this package, or one from the cache or a server.

    Raises:
        UsageError: there is no base for this target, or the named file is for another.
        IntegrityError: a base is damaged.
        EncoderfileError: the named file cannot be read, or a base cannot be fetched.
    """
    if file is not None:
        return _from_file(open_base(file) if isinstance(file, Path) else file, target)
    if target == PORTABLE:
        from . import portable

        return BaseBinary("portable base", BytesBlob(portable.build()), PORTABLE, "any", __version__)
    return _from_cache(obtain(target, source or Source()))


def obtain(
    target: str,
    source: Source,
    progress: Callable[[int], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> CachedBase:
    """The cached base for a triple; if it is not in the cache, it is fetched, if allowed.

    Args:
        target: the triple.
        source: the cache, and whether to download.
        progress: called with the number of bytes that were fetched.
        say: called with lines about checks that were not made.

    Raises:
        UsageError: there is no base for this target, or downloads are off.
        IntegrityError: the server has other bytes.
        EncoderfileError: the download failed.
    """
    from .index import entry

    known = entry(str(targets.parse(target)))
    cache = source.cache()
    found = cached(known, cache)
    if found:
        return found
    if not known.published:
        raise UsageError(f"target {target!r}: {known.advice}; or give --base-binary-path")
    if not source.download or os.environ.get(NO_DOWNLOAD):
        raise UsageError(
            f"target {target!r}: its base is not in the cache, and downloads are off: "
            f"run `encoderfile base fetch --target {target}`, or give --base-binary-path"
        )
    from .fetch import fetch, placed

    fetched = fetch(placed(known), cache, progress=progress)
    for note in fetched.notes:
        say(note)
    return fetched.base


def cached(known: Entry, cache: Cache) -> CachedBase | None:
    """The cached base to use: the published one, which is the same on all machines; if none is published, the chosen one."""
    if known.published:
        return cache.find(known.runtime_version, known.target, known.sha256)
    return cache.chosen(__version__, known.target)


def _from_cache(base: CachedBase) -> BaseBinary:
    from .description import read_description

    file = opened(str(base.path))
    description = read_description(file, check=False)  # the build hashes all of it
    if description is None or description.target != base.target:
        raise IntegrityError(
            f"{base.path}: is no base for {base.target}: remove it with `encoderfile base remove --sha256 {base.sha256}`"
        )
    return _described(file, description)._replace(sha256=base.sha256)


def open_base(path: Path) -> InputFile:
    """Open the file that the user names as a base.

    Raises:
        EncoderfileError: it cannot be opened, or is not a regular file.
    """
    try:
        return open_file(path)
    except FileNotFoundError:
        fault = "the base binary is not there"
    except (OSError, ValueError) as error:
        fault = reason(error)
    raise EncoderfileError(f"{path}: {fault}: check base-binary-path")


def _from_file(file: InputFile, target: str) -> BaseBinary:
    import zipfile

    from .description import read_description

    path, data = Path(file.path), FileRange(file, 0, file.size)
    try:
        head = file.read(0, HEAD)
        is_portable = head.startswith(b"#!") and zipfile.is_zipfile(file.reader())
    except OSError as error:
        raise EncoderfileError(f"{path}: the base binary cannot be read: {error.strerror}") from None
    if is_portable:
        return BaseBinary(str(path), data, PORTABLE, "any", "")
    description = read_description(file)
    if description is not None and description.target != target:
        raise UsageError(
            f"{path}: is a base for {description.target}, and the target is {target!r}: give --target {description.target}"
        )
    _check_machine(path, head, target)
    if description is None:
        return BaseBinary(str(path), data, EXTERNAL, "any" if target == PORTABLE else target, "")
    return _described(file, description)


def _check_machine(path: Path, head: bytes, target: str) -> None:
    """Refuse a native program for another platform; other files, such as scripts, may run anywhere."""
    found = machine(head)
    if found is None or target == PORTABLE:
        return
    wanted = targets.parse(target)
    if (found.os, found.arch) != (wanted.os, wanted.arch):
        raise UsageError(
            f"{path}: is a program for {found.os} on {found.arch}, and the target is {target!r}: give the base for this target"
        )


def _described(file: InputFile, description: BaseDescription) -> BaseBinary:
    return BaseBinary(
        file.path,
        FileRange(file, 0, file.size),
        description.flavour,
        description.target,
        description.runtime_version,
        description,
    )
