"""Unpacking a source archive as hostile input: only plain files, folders and links, all inside the target folder."""

from __future__ import annotations

import lzma
import os
import posixpath
import shutil
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.format.manifest import is_safe_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_FILES = 100_000
_MOST_BYTES = 1 << 30
EPOCH = 315532800  # 1980-01-01T00:00:00Z
_DIRECTORY, _FILE, _EXECUTABLE = 0o755, 0o644, 0o755


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive (compressed with gzip or xz) or a wheel; its owners and times are ignored.

    Raises:
        FormatError: it cannot be read, or has a member that is not a plain file, folder or link inside the archive.
    """
    folder.mkdir(parents=True)
    try:
        if archive.suffix == ".whl":
            _unpack_zip(archive, folder)
        else:
            _unpack_tar(archive, folder)
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, KeyError) as error:
        raise FormatError(str(archive), f"is no archive that can be read: {error}") from None
    except (FileExistsError, NotADirectoryError) as error:
        raise FormatError(str(archive), f"has members in each other's place: {error.filename}") from None
    for path in folder.rglob("*"):
        # Equal times: make would otherwise find generated files older than their sources and try to regenerate them.
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def _unpack_tar(archive: Path, folder: Path) -> None:
    links = []
    with tarfile.open(archive, "r:*") as tar:
        for member in _checked(tar, str(archive)):
            path = folder / member.name
            if member.isdir():
                path.mkdir(_DIRECTORY, parents=True, exist_ok=True)
                continue
            path.parent.mkdir(_DIRECTORY, parents=True, exist_ok=True)
            if member.issym():
                links.append((path, member.linkname))
                continue
            content = tar.extractfile(member)
            if content is None:
                raise FormatError(str(archive), f"{member.name}: is a link to nothing")
            with content, path.open("xb") as out:
                shutil.copyfileobj(content, out)
            path.chmod(_EXECUTABLE if member.mode & 0o100 else _FILE)
    for path, target in links:  # last, so that no file is written through a link
        path.symlink_to(target)


def _checked(tar: tarfile.TarFile, subject: str) -> Iterator[tarfile.TarInfo]:
    """The members of an archive, each checked: number, total size, path, type, and target of a link."""
    count = total = 0
    for member in tar:
        count, total = count + 1, total + member.size
        if count > _MOST_FILES or total > _MOST_BYTES:
            raise FormatError(subject, f"has more than {_MOST_FILES} members or {_MOST_BYTES} bytes")
        name = member.name.rstrip("/")
        if not is_safe_path(name):
            raise FormatError(subject, f"{member.name}: expected a relative path within the archive")
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            raise FormatError(subject, f"{member.name}: expected a file, a folder or a link")
        base = posixpath.dirname(name) if member.issym() else ""
        target = posixpath.normpath(posixpath.join(base, member.linkname))
        if (member.issym() or member.islnk()) and not is_safe_path(target):
            raise FormatError(
                subject, f"{member.name}: is a link to {member.linkname}, which is outside of the archive"
            )
        yield member


def _unpack_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        members = wheel.infolist()
        if len(members) > _MOST_FILES or sum(member.file_size for member in members) > _MOST_BYTES:
            raise FormatError(str(archive), f"has more than {_MOST_FILES} members or {_MOST_BYTES} bytes")
        for member in members:
            if not is_safe_path(member.filename.rstrip("/")):
                raise FormatError(str(archive), f"{member.filename}: expected a relative path within the archive")
            path = folder / member.filename
            if member.is_dir():
                path.mkdir(_DIRECTORY, parents=True, exist_ok=True)
                continue
            path.parent.mkdir(_DIRECTORY, parents=True, exist_ok=True)
            with wheel.open(member) as content, path.open("xb") as out:
                shutil.copyfileobj(content, out)
