from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.base_server import serving, whole
from support.made_bases import ARM, MACOS, X86, base, description, entry, published
from support.model_repo import write_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import Base
from hatch_encoderfile.bases import Source, portable, resolve
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.files.blob import Blob


def content(blob: Blob) -> bytes:
    return b"".join(map(bytes, blob.chunks()))


def put(folder: Path, data: bytes, target: str = X86, *, choose: bool = True) -> Cache:
    """A cache with a base in it."""
    (folder / "base").write_bytes(data)
    cache = Cache(folder)
    added = cache.add(folder / "base", __version__, target)
    if choose:
        cache.choose(added)
    return cache


def test_portable_needs_no_file() -> None:
    base = resolve("portable")

    assert (base.flavour, base.target, base.runtime_version) == ("portable", "any", __version__)
    assert content(base.data) == portable.build()


@pytest.mark.parametrize("target", ["portable", "x86_64-unknown-linux-gnu"])
def test_a_portable_base_in_a_file_is_known(tmp_path: Path, target: str) -> None:
    (tmp_path / "base").write_bytes(portable.build())

    base = resolve(target, tmp_path / "base")

    assert (base.flavour, base.target, base.runtime_version) == ("portable", "any", "")


@pytest.mark.parametrize("data", [b"", b"\x7fELF\0", b"#!/bin/sh\nexit 0\n", portable.build()[1:]])
def test_any_other_file_is_an_external_base(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "base").write_bytes(data)

    base = resolve("aarch64-apple-darwin", tmp_path / "base")

    assert (base.flavour, base.target, base.runtime_version) == ("external", "aarch64-apple-darwin", "")
    assert (base.description, content(base.data)) == (None, data)


def test_a_standalone_base_in_a_file_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "base").write_bytes(base(ARM, runtime_version="0.0.9"))

    found = resolve(ARM, tmp_path / "base")

    assert ("static", ARM, "0.0.9") == (found.flavour, found.target, found.runtime_version)
    assert description(ARM, runtime_version="0.0.9") == found.description
    assert base(ARM, runtime_version="0.0.9") == content(found.data)


@pytest.mark.parametrize("target", ["portable", X86])
def test_a_standalone_base_for_another_target_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "base").write_bytes(base(ARM))

    with pytest.raises(UsageError, match=f"is a base for {ARM}, and the target is '{target}': give --target {ARM}"):
        resolve(target, tmp_path / "base")


def test_a_damaged_standalone_base_in_a_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(base())
    data[4096] ^= 1
    (tmp_path / "base").write_bytes(data)

    with pytest.raises(IntegrityError, match="base archive: sha256 differs"):
        resolve(X86, tmp_path / "base")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "the base binary is not there: check base-binary-path"),
        (".", "is not a regular file, but a directory: check base-binary-path"),
    ],
)
def test_a_base_that_is_no_file_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(EncoderfileError, match=message):
        resolve("portable", tmp_path / name)


def test_the_base_that_was_built_here_is_used(tmp_path: Path) -> None:
    put(tmp_path, base())

    found = resolve(X86, None, Source(tmp_path))

    assert ("static", X86, __version__, description()) == (
        found.flavour,
        found.target,
        found.runtime_version,
        found.description,
    )
    assert (len(base()), base()) == (found.data.length, content(found.data))


def test_a_published_base_comes_before_the_one_that_was_built_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same spec gives the same bytes, whatever else the cache holds."""
    put(tmp_path, base(executable=b"built here"))
    put(tmp_path, base(), choose=False)
    published(monkeypatch, entry(base(), "https://example.invalid/base"))

    assert base() == content(resolve(X86, None, Source(tmp_path)).data)


def test_a_published_base_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, base(executable=b"built here"))
    with serving() as server:
        published(monkeypatch, entry(base(), server.put("/base", whole(base()))))

        assert base() == content(resolve(X86, None, Source(tmp_path)).data)
    assert base() == content(resolve(X86, None, Source(tmp_path, download=False)).data)


@pytest.mark.parametrize(("download", "variable"), [(False, ""), (True, "1")])
def test_nothing_is_downloaded_where_that_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, download: bool, variable: str
) -> None:
    published(monkeypatch, entry(base(), "https://example.invalid/base"))
    monkeypatch.setenv("ENCODERFILE_NO_DOWNLOAD", variable)

    with pytest.raises(UsageError, match=f"its base is not in the cache, and downloads are off: run `.* {X86}`"):
        resolve(X86, None, Source(tmp_path, download=download))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            X86,
            f"target '{X86}': not published yet: build it with `encoderfile base build --target {X86}`; or give --base",
        ),
        (MACOS, f"target '{MACOS}': untested, and no base is published: .*give --base-binary-path"),
        ("x86_64-unknown-linux-musl", f"the one for {X86} needs no libc and runs there, so use that target"),
        ("x86_64-linux", "invalid or unsupported target triple `x86_64-linux`; did you mean"),
    ],
)
def test_a_target_without_a_base_says_what_to_do(tmp_path: Path, target: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(target, None, Source(tmp_path))


def test_the_declared_cache_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCODERFILE_CACHE_DIR", raising=False)
    put(tmp_path, base())

    assert base() == content(resolve(X86, None, Source(declared=tmp_path)).data)


def test_a_cached_base_knows_its_digest(tmp_path: Path) -> None:
    put(tmp_path, base())
    sha256 = hashlib.sha256(base())
    found = resolve(X86, None, Source(tmp_path))

    found.check(sha256.digest())
    with pytest.raises(
        IntegrityError, match=f"differs: recorded {sha256.hexdigest()}, found 0.*remove --sha256 {sha256.hexdigest()}"
    ):
        found.check(bytes(32))
    resolve("portable").check(bytes(32))  # nobody has stored it


def test_a_cached_base_that_changed_is_no_part_of_a_build(tmp_path: Path) -> None:
    """Where the trailer's digest of the archive does not see it: in the executable before it."""
    [spec] = read_spec(write_repo(tmp_path / "repo"))
    [cached] = put(tmp_path, base())
    cached.path.write_bytes(b"?" + base()[1:])

    with pytest.raises(IntegrityError, match="sha256 differs: recorded"):
        build(spec, target=X86, output=tmp_path / "out", bases=Source(tmp_path))
    assert not (tmp_path / "out").exists()


def test_a_build_begins_with_the_cached_base_of_the_declared_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENCODERFILE_CACHE_DIR", raising=False)
    [spec] = read_spec(write_repo(tmp_path / "repo", f'cache-dir = "{tmp_path}"\n'))
    put(tmp_path, base())

    container = Container(str(build(spec, target=X86, output=tmp_path / "out", allow_outside=(tmp_path,)).path))

    assert base() == (tmp_path / "out").read_bytes()[: len(base())]
    assert container.manifest.base == Base(hashlib.sha256(base()).digest(), len(base()), "static", X86, __version__)


def test_a_cached_base_for_another_target_is_refused(tmp_path: Path) -> None:
    put(tmp_path, base(ARM), X86)

    with pytest.raises(IntegrityError, match=f"is no base for {X86}"):
        resolve(X86, None, Source(tmp_path))
