"""What a build may read: files below the spec's folder once links are resolved, and below folders that whoever builds has named.

A model repo comes from strangers. A link in it to `/etc/passwd`, or a path such as `../../secret`, would put that file into what is
published; so the repo itself can allow nothing, but for a file whose content it knows already, by its SHA-256.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.files import InputFile, open_file, reason

if TYPE_CHECKING:
    from collections.abc import Iterable

ENVIRONMENT = "ENCODERFILE_ALLOW_OUTSIDE"
"""Folders beside those of the command line, with the system's separator between: for front ends that have no command line."""


class Boundary:
    """The folders that files may be read from."""

    def __init__(self, root: Path, allowed: Iterable[Path] = ()) -> None:
        """Allow what lies below `root`, below `allowed`, and below the folders that the environment names."""
        named = filter(None, os.environ.get(ENVIRONMENT, "").split(os.pathsep))
        self._root = root
        self._tops = [os.path.realpath(root)]
        for folder in (*allowed, *map(Path, named)):
            self._tops += _allowed(os.path.realpath(folder))

    def open(self, path: Path, *, is_pinned: bool = False) -> InputFile:
        """Open a file of the model.

        Args:
            path: of the file.
            is_pinned: whether the spec has the file's sha256, so that what is read is known to whoever wrote the spec.

        Raises:
            OSError: it cannot be opened.
            UsageError: it lies outside.
            EncoderfileError: it is not a regular file, or links on the way change meanwhile.
        """
        real = os.path.realpath(path)
        top = Path(real).anchor if is_pinned else self._top(real, path)
        try:
            return open_file(real, top)
        except ValueError as error:
            raise EncoderfileError(f"{path}: {error}") from None

    def check(self, path: Path, what: str) -> None:
        """Refuse a path that lies outside, whether or not there is something.

        Raises:
            UsageError: it lies outside.
        """
        self._top(os.path.realpath(path), path, what)

    def _top(self, real: str, path: Path, what: str = "a build reads") -> str:
        for top in self._tops:
            if Path(real).is_relative_to(top):
                return top
        leads = "lies" if real == os.path.normpath(path) else f"leads to {real}, which is"
        raise UsageError(
            f"{path}: {leads} outside of {self._root}, and {what} nothing there that the repo alone names: "
            f"if you trust it, name its folder with --allow-outside or {ENVIRONMENT}"
        )


def _allowed(folder: str) -> list[str]:
    """A folder; with a snapshot in a cache of huggingface_hub the blobs that its links lead to, those of that repo."""
    *_, model, snapshots, _ = ("", "", "", *Path(folder).parts)
    if snapshots == "snapshots" and model.startswith("models--"):
        return [folder, str(Path(folder).parents[1] / "blobs")]
    return [folder]


def is_regular(path: Path) -> bool:
    """Whether there is a regular file of this name, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Whether a file is there that may be left out. A link to nothing, a FIFO or a folder in its place is no file left out.

    Raises:
        EncoderfileError: something else than a file is there, or what is there cannot be looked at.
    """
    try:
        mode = path.lstat().st_mode
        mode = path.stat().st_mode if stat.S_ISLNK(mode) else mode
    except FileNotFoundError:
        if not path.is_symlink():
            return False
        raise EncoderfileError(f"{path}: is a link to nothing: remove it, or put the file there") from None
    except NotADirectoryError:
        return False
    except (OSError, ValueError) as error:
        raise EncoderfileError(f"{path}: cannot be looked at: {reason(error)}") from None
    if not stat.S_ISREG(mode):
        kind = "is a directory" if stat.S_ISDIR(mode) else "is not a regular file"
        raise EncoderfileError(f"{path}: {kind}, expected a file or nothing: remove it")
    return True
