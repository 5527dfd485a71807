from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

import platformdirs
import pytest
from support.made_bases import ARM, X86, bad_files, base

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, IntegrityError
from hatch_encoderfile.bases.cache import PARTIAL, Cache, CachedBase, directory

DATA = base()
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "base").write_bytes(DATA)
    return tmp_path / "base"


def test_the_layout_is_mozillas_with_the_digest(cache: Cache, source: Path, tmp_path: Path) -> None:
    added = cache.add(source, __version__, X86)

    place = f"cache/base-binaries/hatch-encoderfile/{__version__}/{X86}/{SHA256}/encoderfile-runtime"
    assert CachedBase(tmp_path / place, __version__, X86, SHA256) == added
    assert DATA == added.path.read_bytes()
    assert [added] == list(cache)
    assert added == cache.find(__version__, X86, SHA256)


@pytest.mark.parametrize("umask", [0, 0o077])
def test_nobody_else_can_write_whatever_the_umask(cache: Cache, source: Path, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        added = cache.add(source, __version__, X86)
    finally:
        os.umask(before)

    assert 0o755 == stat.S_IMODE(added.path.stat().st_mode)
    folders = [path for path in (tmp_path / "cache").rglob("*") if path.is_dir()]
    assert [0] * len(folders) == [path.stat().st_mode & 0o022 for path in folders]


def test_nothing_else_than_the_base_is_listed(cache: Cache, source: Path, tmp_path: Path) -> None:
    added = cache.add(source, __version__, X86)
    top = added.path.parents[3]
    for name in ("0.1.0/no-triple/" + "a" * 64, f"0.1.0/{X86}/short", f"-x/{X86}/{'a' * 64}"):
        (top / name).mkdir(parents=True)
        (top / name / "encoderfile-runtime").write_bytes(b"")
    link = top / __version__ / ARM / SHA256
    link.mkdir(parents=True)
    (link / "encoderfile-runtime").symlink_to(source)

    assert [added] == list(cache)
    assert cache.find(__version__, ARM, SHA256) is None


def test_the_same_base_is_added_once(cache: Cache, source: Path) -> None:
    first = cache.add(source, __version__, X86)
    inode = first.path.stat().st_ino

    assert first == cache.add(source, __version__, X86)
    assert inode == first.path.stat().st_ino


def test_a_damaged_base_is_replaced(cache: Cache, source: Path, tmp_path: Path) -> None:
    added = cache.add(source, __version__, X86)
    added.path.write_bytes(b"damaged")

    with pytest.raises(
        IntegrityError, match=f"sha256 differs: recorded {SHA256}, found .*base remove --sha256 {SHA256}"
    ):
        added.check()

    cache.add(source, __version__, X86).check()
    assert [] == bad_files(tmp_path / "cache", DATA)


def put(cache: Cache, data: bytes) -> None:
    with cache.adding(__version__, X86, SHA256) as partial:
        assert partial is not None
        partial.write_bytes(data)


def test_what_has_another_digest_is_not_stored(cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="nothing was stored"):
        put(cache, b"something else")

    assert ([], None) == (list(cache), cache.find(__version__, X86, SHA256))
    assert [] == list((tmp_path / "cache").rglob("*.part"))


def test_what_was_begun_is_kept_for_the_next_time(cache: Cache) -> None:
    with suppress(EncoderfileError), cache.adding(__version__, X86, SHA256) as partial:
        assert partial is not None
        partial.write_bytes(DATA[:100])
        raise EncoderfileError

    assert cache.find(__version__, X86, SHA256) is None
    with cache.adding(__version__, X86, SHA256) as partial:
        assert partial is not None
        assert DATA[:100] == partial.read_bytes()
        partial.write_bytes(DATA)
    assert DATA == next(iter(cache)).path.read_bytes()


def test_a_link_in_place_of_what_was_begun_is_not_followed(cache: Cache, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    folder = tmp_path / "cache" / "base-binaries" / "hatch-encoderfile" / __version__ / X86 / SHA256
    folder.mkdir(parents=True)
    (folder / PARTIAL).symlink_to(mine)

    put(cache, DATA)

    assert b"mine" == mine.read_bytes()
    assert DATA == next(iter(cache)).path.read_bytes()


def test_nobody_else_can_write_to_what_was_begun(cache: Cache) -> None:
    before = os.umask(0)
    try:
        with cache.adding(__version__, X86, SHA256) as partial:
            assert partial is not None
            partial.write_bytes(DATA)
            assert 0o644 == stat.S_IMODE(partial.stat().st_mode)
    finally:
        os.umask(before)


def test_many_can_add_at_once(cache: Cache, source: Path, tmp_path: Path) -> None:
    threads = [threading.Thread(target=cache.add, args=(source, __version__, X86)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(list(cache))
    assert [] == bad_files(tmp_path / "cache", DATA)


def test_the_chosen_base_is_the_last_that_was_chosen(cache: Cache, source: Path) -> None:
    assert cache.chosen(__version__, X86) is None
    first = cache.add(source, __version__, X86)
    source.write_bytes(base(executable=b"another"))
    second = cache.add(source, __version__, X86)

    cache.choose(first)
    assert first == cache.chosen(__version__, X86)
    cache.choose(second)
    assert second == cache.chosen(__version__, X86)
    assert cache.chosen(__version__, ARM) is None


@pytest.mark.parametrize("text", [b"", b"../../x", b"\xff", b"a" * 64, b"A" * 64])
def test_a_choice_that_leads_nowhere_is_none(cache: Cache, source: Path, text: bytes) -> None:
    added = cache.add(source, __version__, X86)
    (added.path.parents[1] / "chosen").write_bytes(text)

    assert cache.chosen(__version__, X86) is None


def test_removing_leaves_no_folder(cache: Cache, source: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    added = cache.add(source, __version__, X86)
    cache.choose(added)

    cache.remove(added)

    assert ["base-binaries"] == [path.name for path in (tmp_path / "cache").rglob("*")]


def test_removing_one_leaves_the_others(cache: Cache, source: Path) -> None:
    first = cache.add(source, __version__, X86)
    other = cache.add(source, __version__, ARM)
    cache.choose(first)

    cache.remove(other)

    assert ([first], first) == (list(cache), cache.chosen(__version__, X86))


def test_a_cache_that_is_a_file_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")

    with pytest.raises(EncoderfileError, match="choose another cache with --cache-dir"):
        Cache(tmp_path / "cache").add(source, __version__, X86)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_to_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o555)

    with pytest.raises(EncoderfileError, match="Permission denied: choose another cache with --cache-dir"):
        Cache(tmp_path / "cache").add(source, __version__, X86)


@pytest.mark.parametrize(
    ("given", "named", "declared", "xdg", "expected"),
    [
        ("given", "named", "declared", "/xdg", "given"),
        (None, "named", "declared", "/xdg", "named"),
        (None, "", "declared", "/xdg", "declared"),
        (None, "", None, "/xdg", "/xdg/encoderfile"),
        (None, "", None, "relative", "/home/me/.cache/encoderfile"),
        (None, "", None, "", "/home/me/.cache/encoderfile"),
    ],
)
@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="macOS and Windows have other folders")
def test_who_says_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, given: str | None, named: str, declared: str | None, xdg: str, expected: str
) -> None:
    monkeypatch.setenv("ENCODERFILE_CACHE_DIR", named)
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    monkeypatch.setenv("HOME", "/home/me")

    paths = [None if name is None else Path(name) for name in (given, declared)]
    assert Path(expected) == directory(*paths)


def test_without_a_home_directory_it_is_said_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCODERFILE_CACHE_DIR", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/encoderfile"))

    with pytest.raises(EncoderfileError, match="there is no home directory for the cache: set ENCODERFILE_CACHE_DIR"):
        directory()
