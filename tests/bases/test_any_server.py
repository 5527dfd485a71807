"""Whatever a server answers, in whatever order: a fetch ends with the base in the cache, or with an error and no base."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.base_server import Server, ranged, redirect, serving, status, truncated, whole
from support.made_bases import base, entry

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases import download
from hatch_encoderfile.bases.cache import PARTIAL, Cache
from hatch_encoderfile.bases.fetch import fetch
from hatch_encoderfile.bases.transport import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.base_server import Answer

    from hatch_encoderfile.bases.index import Entry

DATA = base()
OTHER = b"?" * len(DATA)
FILES = st.sampled_from([DATA, OTHER, DATA[:-1], DATA + b"?", b""])
ETAGS = st.sampled_from([None, '"1"', '"2"', 'W/"1"'])
CUTS = st.integers(0, len(DATA))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch, serving() as server:
        patch.setattr(download, "LIMITS", Limits(1, 1, retries=2, pause=0))
        yield server


def answers() -> st.SearchStrategy[Answer]:
    return st.one_of(
        st.builds(ranged, FILES, ETAGS),
        st.builds(whole, FILES),
        st.builds(truncated, FILES, CUTS),
        st.sampled_from([status(500), status(404), status(416), status(206), redirect("/again"), lambda _: None]),
    )


def leave(cache: Cache, wanted: Entry, data: bytes) -> None:
    """What an earlier fetch has left of another file."""
    with suppress(EncoderfileError), cache.adding(wanted.runtime_version, wanted.target, wanted.sha256) as partial:
        assert partial is not None
        partial.write_bytes(data)
        raise EncoderfileError


@given(st.lists(answers(), min_size=1, max_size=5), st.lists(answers(), max_size=1), st.booleans(), CUTS)
@settings(max_examples=25, deadline=None)
def test_the_cache_has_the_base_or_nothing(
    server: Server, first: list[Answer], again: list[Answer], begun: bool, cut: int
) -> None:
    server.put("/again", *(again or [whole(DATA)]))
    wanted = entry(DATA, server.put("/base", *first))
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        if begun:
            leave(cache, wanted, OTHER[:cut])
        try:
            found = fetch(wanted, cache).base
        except EncoderfileError:
            assert [] == list(cache)
        else:
            assert [found] == list(cache)
            assert DATA == found.path.read_bytes()
        assert all(part.stat().st_size <= len(DATA) for part in Path(folder).rglob(PARTIAL))
