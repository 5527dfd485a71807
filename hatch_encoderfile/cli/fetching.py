"""Fetching bases for commands, with progress on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.format.manifest import PORTABLE

from . import output

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hatch_encoderfile.bases import Source
    from hatch_encoderfile.bases.cache import Cache, CachedBase
    from hatch_encoderfile.spec import ModelSpec


def fetch_bases(targets: Iterable[str], cache: Cache, own: tuple[str, str] | None = None) -> list[CachedBase]:
    """Fetch the bases of targets into the cache.

    Args:
        targets: triples.
        cache: the cache.
        own: URL and SHA-256 of the base of the one target, instead of the index's.

    Raises:
        EncoderfileError: as `hatch_encoderfile.bases.fetch`.
    """
    from hatch_encoderfile.bases.fetch import fetch, fetch_own, placed
    from hatch_encoderfile.bases.index import entry

    bases = []
    for target in targets:
        known = placed(entry(target))
        size = None if own else known.size or None
        with output.progress(f"fetching the base for {target}", size) as advance:
            if own:
                fetched = fetch_own(target, *own, cache, progress=advance, waiting=_waiting)
            else:
                fetched = fetch(known, cache, progress=advance, waiting=_waiting)
        for note in fetched.notes:
            output.note(note)
        bases.append(fetched.base)
    return bases


def fetch_missing(jobs: Iterable[tuple[ModelSpec, str]], source: Source, outside: tuple[Path, ...] = ()) -> None:
    """Fetch the bases for builds of these models and targets that are not in the cache.

    Mozilla's layout needs a base of Mozilla's, of which none is fetched. `outside` are folders that a spec may name beside its own.

    Raises:
        EncoderfileError: as `hatch_encoderfile.bases.obtain`.
    """
    from hatch_encoderfile.bases import obtain
    from hatch_encoderfile.bases.declared import declared_cache
    from hatch_encoderfile.bases.index import entry
    from hatch_encoderfile.files.boundary import Boundary
    from hatch_encoderfile.spec import Layout

    for spec, target in jobs:
        if target != PORTABLE and spec.base_binary_path is None and spec.layout is Layout.ZIP:
            with output.progress(f"fetching the base for {target}", entry(target).size or None) as advance:
                declared = declared_cache(spec, Boundary(spec.root, outside))
                obtain(target, source._replace(declared=declared), advance, output.note)


def _waiting() -> None:
    output.note("another process is fetching it: waiting")
