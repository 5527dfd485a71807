"""Which repository a folder belongs to (gitrepository-layout(5)): by a `.git` directory or a gitdir file, and by nothing else.

A bare repository that lies in a clone as an ordinary folder is none; neither are `GIT_DIR` and `core.worktree` asked.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from hatch_encoderfile.files.limits import GIT_LINK

from .config import Config
from .folder import GitError, GitFolder

_MARKER = ".git"
_PREFIX = "gitdir: "


class Layout(NamedTuple):
    """Where the parts of a repository are.

    Attributes:
        top: the folder that the commit's tree is checked out in, links resolved.
        own: holds HEAD.
        common: holds refs, objects and the configuration; `own`, but for a linked worktree.
    """

    top: Path
    own: GitFolder
    common: GitFolder


def find(directory: Path) -> Layout | None:
    """The repository of the nearest folder above that has a `.git`; None where none has.

    Raises:
        GitError: that `.git` is neither of the two, or is not this folder's.
    """
    real = Path(os.path.realpath(directory))
    for top in (real, *real.parents):
        try:
            mode = (top / _MARKER).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise GitError(f".git: cannot be read: {error.strerror}") from None
        if stat.S_ISDIR(mode):
            return _own(top)
        if stat.S_ISREG(mode):
            return _elsewhere(top)
        raise GitError(".git: is a link or no file: expected a directory or a gitdir file")
    return None


def _own(top: Path) -> Layout:
    folder = GitFolder(top / _MARKER)
    # git would take objects and refs from wherever this names.
    if folder.read("commondir", GIT_LINK.size) is not None:
        raise GitError("commondir: in a `.git` directory, which is not followed")
    return Layout(top, folder, folder)


def _elsewhere(top: Path) -> Layout:
    """A linked worktree or a submodule. The directory must name this folder, too: a gitdir file can be anybody's."""
    line = GitFolder(top).text(_MARKER, GIT_LINK.size)
    if line is None or not line.startswith(_PREFIX):
        raise GitError(f".git: expected a line that begins with {_PREFIX!r}")
    own = GitFolder(_resolved(top, line.removeprefix(_PREFIX)))
    to_common = own.text("commondir", GIT_LINK.size)
    if to_common is None:
        worktrees = Config.read(own).values("core", "", "worktree")  # git writes it for a submodule
        if [_resolved(own.path, path) for path in worktrees] != [top]:
            raise _not_ours()
        return Layout(top, own, own)
    common = _resolved(own.path, to_common)
    back = own.text("gitdir", GIT_LINK.size)
    if own.path.parent != common / "worktrees" or back is None or _resolved(own.path, back) != top / _MARKER:
        raise _not_ours()
    return Layout(top, own, GitFolder(common))


def _not_ours() -> GitError:
    return GitError(".git: leads to a git directory that does not name this folder as its worktree")


def _resolved(folder: Path, path: str) -> Path:
    return Path(os.path.realpath(folder / path))
