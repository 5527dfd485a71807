"""Pointers of Git LFS: what is in a tree in place of a large file (git-lfs, docs/spec.md)."""

from __future__ import annotations

import re
from typing import NamedTuple

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size (0|[1-9][0-9]{0,18})\n"
)


class Pointer(NamedTuple):
    """The file that a pointer stands for."""

    sha256: bytes
    length: int


def parse(blob: bytes) -> Pointer | None:
    """The pointer that a blob is; None where it is none.

    One with extensions is none here: its oid is that of what they made of the file.
    """
    found = _POINTER.fullmatch(blob)
    return Pointer(bytes.fromhex(found[1].decode()), int(found[2])) if found else None
