"""The list of bases: in this package, in the cache, and in the index."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.format.manifest import PORTABLE

from . import index, portable
from .resolve import cached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .cache import Cache, CachedBase
    from .index import Entry

PORTABLE_FLOOR = "Python 3.10, numpy 1.24"
SHORT = 12  # hex digits of an abbreviated digest
_DIGITS = re.compile(f"[0-9a-f]{{{SHORT},64}}")


class Item(NamedTuple):
    """A base, present or available or planned.

    Attributes:
        where: "embedded", "cached", "damaged", "published", "not published", "untested", or "not made".
        used: whether builds for this target use it.
        tested: whether a base for this target was run.
        note: a remark or advice.
        path: its path in the cache.
    """

    target: str
    flavour: str
    where: str
    used: bool
    tested: bool
    runtime_version: str
    size: int | None
    sha256: str | None
    floor: str
    note: str
    path: str | None


def inventory(cache: Cache) -> Iterator[Item]:
    """All bases: the embedded one, then by target those in the cache, and the entry of the index if none of them is used."""
    data = portable.build()
    digest = hashlib.sha256(data).hexdigest()
    yield Item(PORTABLE, PORTABLE, "embedded", True, True, __version__, len(data), digest, PORTABLE_FLOOR, "", None)
    found = list(cache)
    for known in index.entries().values():
        used = cached(known, cache)
        here = [base for base in found if base.target == known.target]
        yield from (_item(base, known, used=base == used) for base in here)
        if used is None:
            yield _absent(known)


def _item(base: CachedBase, known: Entry, *, used: bool) -> Item:
    from .description import read_description

    where, note, description = "cached", "", None
    try:
        description = read_description(base.path)
        if description is None or description.target != base.target:
            where, note = "damaged", f"{base.path}: is no base for {base.target}"
    except EncoderfileError as error:
        where, note = "damaged", str(error)
    return Item(
        base.target,
        description.flavour if description else "",
        where,
        used,
        known.tested,
        base.runtime_version,
        base.path.stat().st_size,
        base.sha256,
        description.floor if description else "",
        note,
        str(base.path),
    )


def _absent(known: Entry) -> Item:
    if not known.flavour:
        where = "not made"
    else:
        where = "published" if known.published else "not published" if known.tested else "untested"
    return Item(
        known.target,
        known.flavour,
        where,
        False,
        known.tested,
        known.runtime_version,
        known.size or None,
        known.sha256 or None,
        known.floor,
        known.advice,
        None,
    )


def selected(cache: Cache, targets: Iterable[str], sha256: str | None) -> list[CachedBase]:
    """The cached bases of these targets, or of all if none is given, whose digest begins with `sha256`.

    Raises:
        UsageError: `sha256` is not hexadecimal, or too short.
    """
    names, digits = set(targets), (sha256 or "").lower().removeprefix("sha256:")
    if sha256 is not None and not _DIGITS.fullmatch(digits):
        raise UsageError(f"--sha256: expected {SHORT} to 64 hexadecimal digits, found {sha256!r}")
    return [base for base in cache if (not names or base.target in names) and base.sha256.startswith(digits)]
