"""Fetching from a server on this machine: what ends in the cache, and what it takes to get there."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest
from support.base_server import Server, ranged, redirect, serving, status, truncated, whole
from support.made_bases import ARM, X86, bad_files, base, entry, published

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import IntegrityError, UsageError
from hatch_encoderfile.bases import Source, download, fetch, obtain
from hatch_encoderfile.bases.cache import PARTIAL, Cache
from hatch_encoderfile.bases.transport import DownloadError, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = base(executable=b"\x7fELF" + bytes(range(256)) * 1000)
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = f"/v{__version__}/encoderfile-base"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "LIMITS", Limits(1, 0.3, retries=2, pause=0.01))
    with serving() as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def begun(tmp_path: Path, data: bytes) -> Path:
    """What an earlier fetch has left."""
    folder = tmp_path / "cache" / "base-binaries" / "hatch-encoderfile" / __version__ / X86 / SHA256
    folder.mkdir(parents=True)
    (folder / PARTIAL).write_bytes(data)
    return folder / PARTIAL


def test_a_base_is_fetched_once(server: Server, cache: Cache) -> None:
    wanted = entry(DATA, server.put(NAME, whole(DATA)))
    told: list[int] = []

    first = fetch.fetch(wanted, cache, progress=told.append)
    second = fetch.fetch(wanted, cache)

    assert DATA == first.base.path.read_bytes()
    assert first == second
    assert (len(DATA), 1) == (sum(told), len(server.requests))
    assert [first.base.path.name, ".lock"] == sorted(
        (path.name for path in first.base.path.parent.iterdir()), reverse=True
    )


def test_the_server_is_asked_for_the_bytes_as_they_are(server: Server, cache: Cache) -> None:
    fetch.fetch(entry(DATA, server.put(NAME, whole(DATA))), cache)

    [request] = server.requests
    assert "identity" == request.headers["Accept-Encoding"]
    assert f"hatch-encoderfile/{__version__}" == request.headers["User-Agent"]


def test_a_redirect_is_followed(server: Server, cache: Cache) -> None:
    server.put("/elsewhere/file", whole(DATA))
    url = server.put(NAME, redirect("/elsewhere/file"))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_a_server_that_fails_is_asked_again(server: Server, cache: Cache, code: int) -> None:
    url = server.put(NAME, status(code), status(code), whole(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()
    assert 3 == len(server.requests)


@pytest.mark.parametrize(("asked", "expected"), [("1", 1), ("59", 59), ("86400", 60)])
def test_a_busy_server_is_left_alone_as_long_as_it_asks_within_bounds(
    server: Server, cache: Cache, monkeypatch: pytest.MonkeyPatch, asked: str, expected: float
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", pauses.append)
    url = server.put(NAME, status(503, Retry_After=asked), whole(DATA))

    fetch.fetch(entry(DATA, url), cache)

    assert pauses == [expected]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_server_that_refuses_is_not(server: Server, cache: Cache, code: int) -> None:
    url = server.put(NAME, status(code))

    with pytest.raises(DownloadError, match=f"the server answered {code} "):
        fetch.fetch(entry(DATA, url), cache)
    assert (1, []) == (len(server.requests), list(cache))


def test_a_download_that_breaks_off_goes_on(server: Server, cache: Cache) -> None:
    url = server.put(NAME, truncated(DATA, 1000, ETag='"1"'), ranged(DATA, '"1"'))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()
    assert {"Range": "bytes=1000-", "If-Range": '"1"'}.items() <= server.requests[1].headers.items()


def test_a_later_fetch_goes_on(server: Server, cache: Cache, tmp_path: Path) -> None:
    url = server.put(NAME, truncated(DATA, 1000))
    with pytest.raises(DownloadError, match=r"ended|broke off .*; given up after 3 attempts: try again later"):
        fetch.fetch(entry(DATA, url), cache)
    told: list[int] = []
    server.put(NAME, ranged(DATA))
    before = len(server.requests)

    assert DATA == fetch.fetch(entry(DATA, url), cache, progress=told.append).base.path.read_bytes()

    assert "bytes=1000-" == server.requests[before].headers["Range"]
    assert (1000, len(DATA)) == (told[0], sum(told))


def test_what_an_earlier_fetch_left_whole_but_wrong_is_fetched_anew(
    server: Server, cache: Cache, tmp_path: Path
) -> None:
    begun(tmp_path, b"?" * len(DATA))
    told: list[int] = []
    url = server.put(NAME, whole(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache, progress=told.append).base.path.read_bytes()
    assert (len(DATA), 1) == (sum(told), len(server.requests))


def test_a_server_without_ranges_sends_all(server: Server, cache: Cache, tmp_path: Path) -> None:
    begun(tmp_path, DATA[:1000])
    told: list[int] = []
    url = server.put(NAME, whole(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache, progress=told.append).base.path.read_bytes()
    assert (1, len(DATA)) == (len(server.requests), sum(told))


def test_a_file_that_changed_between_is_fetched_anew(server: Server, cache: Cache, tmp_path: Path) -> None:
    """The parts fit no digest: what is there now may be what is wanted."""
    begun(tmp_path, b"?" * 1000)
    told: list[int] = []
    url = server.put(NAME, ranged(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache, progress=told.append).base.path.read_bytes()
    assert (2, len(DATA)) == (len(server.requests), sum(told))


def test_a_file_that_changed_while_it_was_fetched_is_fetched_anew(server: Server, cache: Cache) -> None:
    other = b"?" * len(DATA)
    url = server.put(NAME, truncated(other, 1000, ETag='"1"'), ranged(DATA, '"2"'))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()
    assert 2 == len(server.requests)


@pytest.mark.parametrize("left", [len(DATA), len(DATA) + 1])
def test_what_is_complete_is_not_asked_for(server: Server, cache: Cache, tmp_path: Path, left: int) -> None:
    begun(tmp_path, (DATA + b"?")[:left])
    url = server.put(NAME, whole(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()
    assert left - len(DATA) == len(server.requests)


def test_a_part_that_the_server_has_no_more_of_is_given_up(server: Server, cache: Cache, tmp_path: Path) -> None:
    begun(tmp_path, DATA[:1000])
    url = server.put(NAME, status(416), whole(DATA))

    assert DATA == fetch.fetch(entry(DATA, url), cache).base.path.read_bytes()


def test_fetches_at_once_ask_once(server: Server, cache: Cache, tmp_path: Path) -> None:
    wanted = entry(DATA, server.put(NAME, whole(DATA)))
    threads = [threading.Thread(target=fetch.fetch, args=(wanted, cache)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, 1) == (len(server.requests), len(list(cache)))
    assert [] == bad_files(tmp_path / "cache", DATA)


@pytest.mark.parametrize("variable", ["ENCODERFILE_BASE_URL", "ENCODERFILE_BASE_BINARY_BASE_URL"])
def test_the_environment_names_another_place(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server.put(f"/mirror{NAME}", whole(DATA))
    published(monkeypatch, entry(DATA, "https://example.invalid/somewhere/encoderfile-base"))
    monkeypatch.setenv(variable, f"{server.url}/mirror/")

    assert DATA == obtain(X86, Source(tmp_path)).path.read_bytes()


def test_ours_comes_before_mozillas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCODERFILE_BASE_URL", "https://ours.example")
    monkeypatch.setenv("ENCODERFILE_BASE_BINARY_BASE_URL", "https://mozillas.example")

    assert f"https://ours.example/v{__version__}/b" == fetch.placed(entry(DATA, "https://example.org/a/b")).url


def test_the_environment_adds_nothing_to_the_index(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCODERFILE_BASE_URL", server.url)

    with pytest.raises(UsageError, match="not published yet"):
        obtain(X86, Source(tmp_path))
    assert [] == server.requests


def test_a_base_of_ones_own_is_fetched_by_its_digest(server: Server, cache: Cache) -> None:
    url = server.put("/mine", whole(DATA))

    fetched = fetch.fetch_own(X86, url, f"sha256:{SHA256.upper()}", cache)

    assert fetched.base == cache.chosen(__version__, X86)
    assert DATA == fetched.base.path.read_bytes()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (base(ARM), f"is a base for {ARM} of version {__version__}, but is stored for {X86}"),
        (base(runtime_version="0.0.1"), f"is a base for {X86} of version 0.0.1, but is stored for {X86}"),
    ],
)
def test_a_base_for_something_else_is_not_kept(server: Server, cache: Cache, data: bytes, message: str) -> None:
    url = server.put("/mine", whole(data))

    with pytest.raises(IntegrityError, match=message):
        fetch.fetch_own(X86, url, hashlib.sha256(data).hexdigest(), cache)
    assert [] == list(cache)


def test_what_is_no_base_is_not_kept(server: Server, cache: Cache) -> None:
    url = server.put("/mine", whole(b"#!/bin/sh\n"))

    with pytest.raises(IntegrityError, match="is no standalone base"):
        fetch.fetch_own(X86, url, hashlib.sha256(b"#!/bin/sh\n").hexdigest(), cache)
    assert [] == list(cache)


@pytest.mark.parametrize("sha256", ["", "abc", "g" * 64, "a" * 65])
def test_a_digest_has_to_be_one(cache: Cache, sha256: str) -> None:
    with pytest.raises(UsageError, match="--sha256: expected 64 hexadecimal digits"):
        fetch.fetch_own(X86, "https://example.org", sha256, cache)


def test_nothing_is_fetched_that_is_not_published(cache: Cache) -> None:
    with pytest.raises(UsageError, match="target 'x86_64-unknown-linux-gnu': not published yet: build it with"):
        fetch.fetch(entry(DATA, "")._replace(sha256="", reason="not published yet: build it with x"), cache)
