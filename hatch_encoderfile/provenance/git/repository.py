"""A repository as it is checked out: its commit, its remote, and what the commit's tree holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatch_encoderfile.files import limits

from . import layout, lfs, refs, trees
from .config import Config
from .folder import GitError
from .objects import ObjectStore

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Sequence
    from pathlib import Path

    from .layout import Layout
    from .lfs import Pointer
    from .trees import Entry


class Repository:
    """The repository that a folder belongs to.

    Attributes:
        top: the folder that the tree is checked out in, links resolved.
        commit: the one that is checked out, in hex.
        remote: the address of `origin` as the configuration has it, unparsed; empty where there is none.
    """

    def __init__(self, found: Layout) -> None:
        """Read the configuration, HEAD and the commit.

        Raises:
            GitError: something is missing, broken or not understood, or there is no commit yet.
        """
        config = Config.read(found.common)
        self._objects = ObjectStore(found.common, config.object_format())
        self._trees: dict[str, dict[bytes, Entry]] = {}
        self.top = found.top
        self.remote = next(iter(config.values("remote", "origin", "url")), "")
        commit = refs.head(found, 2 * self._objects.id_size)
        if commit is None:
            raise GitError("the repository has no commit yet")
        self.commit = commit
        self._root = trees.root(self._objects.read(commit, "commit", limits.GIT_COMMIT.size), 2 * self._objects.id_size)

    @classmethod
    def of(cls, directory: Path) -> Repository | None:
        """The repository of a folder; None where it belongs to none.

        Raises:
            GitError: as the constructor, or `.git` leads elsewhere.
        """
        found = layout.find(directory)
        return cls(found) if found else None

    def file(self, parts: Sequence[str]) -> str | None:
        """The id of a file in the commit's tree; None where there is no such file.

        Raises:
            GitError: a tree is missing or broken.
        """
        current = trees.Entry("a folder", self._root)
        for part in parts:
            if current.what != "a folder":  # a link or a submodule leads out of this tree
                return None
            entry = self._entries(current.id).get(part.encode("utf-8", "surrogateescape"))
            if entry is None:
                return None
            current = entry
        return current.id if current.what == "a file" else None

    def pointer(self, blob: str) -> Pointer | None:
        """The LFS pointer that a blob is; None where it is none.

        Raises:
            GitError: the blob is broken.
        """
        length, largest = self._objects.size(blob), limits.LFS_POINTER.size
        return lfs.parse(self._objects.read(blob, "blob", largest)) if length and length <= largest else None

    def hasher(self, blob: str, length: int) -> hashlib._Hash | None:
        """What takes a file's bytes and says their id; None where the blob is of another length.

        Raises:
            GitError: the store is broken.
        """
        return self._objects.blob_hash(length) if self._objects.size(blob) in (None, length) else None

    def _entries(self, tree: str) -> dict[bytes, Entry]:
        if tree not in self._trees:
            self._trees[tree] = trees.parse(
                self._objects.read(tree, "tree", limits.GIT_TREE.size), self._objects.id_size
            )
        return self._trees[tree]
