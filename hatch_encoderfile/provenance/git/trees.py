"""Commits and trees, as far as they lead to a path."""

from __future__ import annotations

import re
from typing import NamedTuple

from .folder import GitError

_FILES = ("100644", "100755", "100664")
_TREE = "40000"
_OTHERS = {"120000": "a link", "160000": "a submodule"}
_ENTRY = re.compile(rb"([1-7][0-7]{4,5}) ([^\x00/]+)\x00")
_ROOT = re.compile(rb"tree ([0-9a-f]+)\n")
_NO_NAMES = (b".", b"..")


class Entry(NamedTuple):
    """What a tree says of a name.

    Attributes:
        what: "a file", "a folder", "a link" or "a submodule".
        id: of the object, in hex.
    """

    what: str
    id: str


def root(commit: bytes, id_length: int) -> str:
    """The tree of a commit.

    Raises:
        GitError: it names none.
    """
    found = _ROOT.match(commit)
    if not found or len(found[1]) != id_length:
        raise GitError("the commit names no tree")
    return found[1].decode()


def parse(tree: bytes, id_size: int) -> dict[bytes, Entry]:
    """The entries of a tree by their names.

    Raises:
        GitError: it is no tree, or holds a name twice.
    """
    entries: dict[bytes, Entry] = {}
    position = 0
    while position < len(tree):
        found = _ENTRY.match(tree, position)
        name = tree[found.end() : found.end() + id_size] if found else b""
        if not found or len(name) != id_size or found[2] in entries or found[2] in _NO_NAMES:
            raise GitError(f"a tree is broken at offset {position}")
        entries[found[2]] = Entry(_what(found[1].decode()), name.hex())
        position = found.end() + id_size
    return entries


def _what(mode: str) -> str:
    if mode in _FILES:
        return "a file"
    if mode == _TREE:
        return "a folder"
    if mode not in _OTHERS:
        raise GitError(f"a tree has an entry of the unknown mode {mode}")
    return _OTHERS[mode]
