"""The commit that HEAD names, through loose and packed refs (gitrepository-layout(5), git-check-ref-format(1))."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatch_encoderfile.files import limits

from .folder import GitError

if TYPE_CHECKING:
    from .folder import GitFolder
    from .layout import Layout

_DEEPEST = 5  # as git's SYMREF_MAXDEPTH
_SYMBOLIC = "ref: "
_NAME = re.compile(r"refs(?:/(?!\.)[^\x00-\x20\x7f~^:?*\[\\/]+)+")
_PER_WORKTREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")


def head(layout: Layout, id_length: int) -> str | None:
    """The commit that is checked out, in hex; None where its branch has none yet.

    Args:
        layout: of the repository.
        id_length: of an object's id in hex.

    Raises:
        GitError: HEAD is missing or names none, or a ref is not understood.
    """
    name, folder = "HEAD", layout.own
    for _ in range(_DEEPEST + 1):
        value = folder.text(name, limits.GIT_LINK.size)
        if value is None:
            if name == "HEAD":
                raise GitError("HEAD: not there, so `.git` is no git directory")
            return _packed(layout.common, name, id_length)
        if not value.startswith(_SYMBOLIC):
            return _id(value, name, id_length)
        name = value.removeprefix(_SYMBOLIC).strip()
        if not _NAME.fullmatch(name) or ".." in name or "@{" in name or name.endswith((".", ".lock")):
            raise GitError(f"{name!r} is no name of a ref")
        folder = layout.own if name.startswith(_PER_WORKTREE) else layout.common
    raise GitError(f"HEAD: leads through more than {_DEEPEST} symbolic refs")


def _packed(folder: GitFolder, name: str, id_length: int) -> str | None:
    data = b"\n" + (folder.read("packed-refs", limits.GIT_PACKED_REFS.size) or b"")
    end = data.find(b" " + name.encode() + b"\n")
    if end < 0:
        return None
    return _id(data[data.rfind(b"\n", 0, end) + 1 : end].decode("latin-1"), name, id_length)


def _id(text: str, name: str, id_length: int) -> str:
    if not re.fullmatch(rf"[0-9a-f]{{{id_length}}}", text):
        raise GitError(f"{name}: expected {id_length} hex digits")
    return text
