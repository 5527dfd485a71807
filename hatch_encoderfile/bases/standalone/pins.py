"""`sources.json`, the lock file of the sources of standalone bases: name, version, digest and locators of each."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.files.limits import BASE
from hatch_encoderfile.standards import json, spdx
from hatch_encoderfile.standards.purl import Purl

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.fields import Fields

LOCK = Path(__file__).with_name("sources.json")
_LOCATOR = re.compile(
    r"https://[!-~]+"
    r"|debian:pool/[A-Za-z0-9][A-Za-z0-9.+~_/-]*"
    r"|pypi:[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!]*"
)


class Source(NamedTuple):
    """A source archive.

    Attributes:
        license: an SPDX expression for the parts that are used.
        licenses: paths of the licence texts in the archive, relative to `root`.
        file: the archive's file name.
        root: the one folder at the top of the archive; empty if it has several.
        size: of the archive in bytes.
        sha256: of the archive, hex.
        locators: where to get it, tried in this order: `https://…` if upstream publishes the same bytes,
            `debian:pool/…` from apt's mirror, `pypi:NAME==VERSION` from pip's index.
    """

    name: str
    version: str
    license: str
    licenses: tuple[str, ...]
    purl: str
    file: str
    root: str
    size: int
    sha256: str
    locators: tuple[str, ...]


class Lock(NamedTuple):
    """All sources by name: ingredients are linked into a base, tools only help to build it."""

    ingredients: dict[str, Source]
    tools: dict[str, Source]

    def source(self, name: str) -> Source:
        """A source of either kind."""
        return (self.ingredients | self.tools)[name]


@cache
def read_lock(path: Path = LOCK) -> Lock:
    """Read the lock file.

    Raises:
        FaultsError: it lists each fault with its key.
    """
    return parse(path.read_bytes(), path.name)


def parse(data: bytes, subject: str) -> Lock:
    """Parse a lock file.

    Raises:
        FaultsError: it lists each fault with its key.
    """
    with json.reading(data, subject) as fields:
        kinds = [[read_source(item) for item in fields.objects(kind)] for kind in Lock._fields]
        for kind, sources in zip(Lock._fields, kinds, strict=True):
            names = [item.name for item in sources]
            for index, item in enumerate(sources):
                if not item.size:
                    fields.fault(f"size: expected 1 to {BASE.size} bytes", kind, index)
            if names != sorted(set(names)):
                fields.fault("expected to be sorted by name, each name once", kind)
    return Lock(*({item.name: item for item in sources} for sources in kinds))


def read_source(item: Fields) -> Source:
    """Read a source; a size of null means unknown and becomes 0. Faults are noted in `item`."""
    found: dict[str, Any] = {key: item.text(key, *check) for key, check in _CHECKS.items()}
    found["licenses"] = item.texts("licenses", "a relative path", is_safe_path)
    found["locators"] = item.texts("locators", "a https:, debian:pool/ or pypi: locator", _LOCATOR.fullmatch, least=1)
    found["size"] = 0 if item.is_null("size") else item.integer("size", maximum=BASE.size)
    item.ignore("size")
    return Source(**found)


def _is_name(text: str) -> bool:
    return is_safe_path(text) and "/" not in text


_CHECKS: dict[str, tuple[str, Callable[[str], object]]] = {
    "name": ("a name", re.compile(r"[a-z][a-z0-9-]*").fullmatch),
    "version": ("a version", re.compile(r"[0-9][A-Za-z0-9.+]*").fullmatch),
    "license": ("an SPDX expression", lambda text: spdx.fault_in(text) is None),
    "purl": ("a package URL", Purl.parse),
    "file": ("a file's name", _is_name),
    "root": ("a folder's name", lambda text: not text or _is_name(text)),
    "sha256": ("64 lower-case hex digits", re.compile(r"[0-9a-f]{64}").fullmatch),
}
