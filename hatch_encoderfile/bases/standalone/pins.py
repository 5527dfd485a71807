"""`sources.json`: every source that a standalone base is compiled from, by digest, and where its bytes are to be had."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.standards import spdx
from hatch_encoderfile.standards.json import parse as parse_json
from hatch_encoderfile.standards.purl import Purl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK = Path(__file__).with_name("sources.json")
LARGEST = 1 << 30
_LOCATOR = re.compile(
    r"https://[!-~]+"
    r"|debian:pool/[A-Za-z0-9][A-Za-z0-9.+~_/-]*"
    r"|pypi:[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!]*"
)


class Source(NamedTuple):
    """A source archive.

    Attributes:
        license: an SPDX expression for what is used of it.
        licenses: the files in the archive that hold the licence texts, relative to `root`.
        file: the archive's name.
        root: the one folder at the top of the archive; empty where it has several.
        size: of the archive, in bytes.
        sha256: of the archive, hex.
        locators: where to get it, to be tried in this order: `https://…` where upstream publishes the same bytes,
            `debian:pool/…` on the mirror that apt uses, `pypi:NAME==VERSION` from the index that pip uses.
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
    """All sources, by name: what is linked into a base, and the programs that only help to make it."""

    ingredients: dict[str, Source]
    tools: dict[str, Source]

    def source(self, name: str) -> Source:
        """A source of either kind."""
        return (self.ingredients | self.tools)[name]


@cache
def read_lock(path: Path = LOCK) -> Lock:
    """The lock file.

    Raises:
        FaultsError: each fault with the key that has it.
    """
    return parse(path.read_bytes(), path.name)


def parse(data: bytes, subject: str) -> Lock:
    """What a lock file says.

    Raises:
        FaultsError: each fault with the key that has it.
    """
    try:
        value = parse_json(data)
    except ValueError as error:
        raise FaultsError(subject, [str(error)]) from None
    faults = list(_faults(value))
    if faults:
        raise FaultsError(subject, faults)
    return Lock(*({item["name"]: _source(item) for item in value[kind]} for kind in Lock._fields))


def _source(item: dict[str, Any]) -> Source:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
    return Source(**values)


def _faults(value: dict[str, Any]) -> Iterator[str]:
    for kind in sorted(value.keys() ^ set(Lock._fields)):
        yield f"{kind}: {'is not known' if kind in value else 'is missing'}"
    for kind in Lock._fields:
        items = value.get(kind, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            yield f"{kind}: expected a list of objects"
            continue
        names = [str(item.get("name")) for item in items]
        if names != sorted(set(names)):
            yield f"{kind}: expected to be sorted by name, each name once"
        for position, item in enumerate(items):
            yield from _item_faults(item, f"{kind}[{position}].")


def _item_faults(item: dict[str, Any], prefix: str) -> Iterator[str]:
    for key in sorted(item.keys() ^ set(Source._fields)):
        yield f"{prefix}{key}: {'is not known' if key in item else 'is missing'}"
    for key, (expected, fits) in _CHECKS.items():
        if key in item and not fits(item[key]):
            yield f"{prefix}{key}: expected {expected}, found {str(item[key])[:80]!r}"


def _text(fits: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(fits(value))


def _texts(fits: Callable[[str], object], least: int) -> Callable[[object], bool]:
    one = _text(fits)
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(one, value))


def _is_name(text: str) -> bool:
    return is_safe_path(text) and "/" not in text


_CHECKS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "name": ("a name", _text(re.compile(r"[a-z][a-z0-9-]*").fullmatch)),
    "version": ("a version", _text(re.compile(r"[0-9][A-Za-z0-9.+]*").fullmatch)),
    "license": ("an SPDX expression", _text(lambda text: spdx.fault_in(text) is None)),
    "licenses": ("a list of relative paths", _texts(is_safe_path, 0)),
    "purl": ("a package URL", _text(Purl.parse)),
    "file": ("a file's name", _text(_is_name)),
    "root": ("a folder's name", _text(lambda text: not text or _is_name(text))),
    "size": ("a number of bytes", lambda value: type(value) is int and 0 < value <= LARGEST),
    "sha256": ("64 lower-case hex digits", _text(re.compile(r"[0-9a-f]{64}").fullmatch)),
    "locators": ("a list of https:, debian:pool/ or pypi: locators, at least one", _texts(_LOCATOR.fullmatch, 1)),
}
