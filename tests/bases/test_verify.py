from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from support.made_bases import ARM, X86, base, description, entry, published

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.format.base_archive import Kind
from hatch_encoderfile.bases.archive import Member, encode_base
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.bases.inventory import inventory
from hatch_encoderfile.bases.verify import Verified, verdict, verify_cached, verify_file

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = hashlib.sha256(base()).hexdigest()
URL = "https://example.org/base"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "base").write_bytes(base())
    return tmp_path / "base"


def test_a_base_verifies(file: Path) -> None:
    expected = Verified(file, X86, "static", __version__, len(base()), SHA256, "Linux 3.2", None)

    assert expected == verify_file(file)
    assert (str(file), True) == (expected.as_json()["path"], expected.as_json()["verified"])


@pytest.mark.parametrize(("data", "expected"), [(base(), True), (b"another", False)])
def test_it_is_said_whether_it_is_the_published_one(
    file: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, expected: bool
) -> None:
    published(monkeypatch, entry(data, URL))

    assert expected is verify_file(file).published


@pytest.mark.parametrize("changes", [{"floor": "Linux 2.6"}, {"flavour": "assembled"}, {"ingredients": ()}])
def test_an_index_that_describes_it_otherwise_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    published(monkeypatch, entry(base(), URL, X86, **changes))

    with pytest.raises(IntegrityError, match="the index describes this base otherwise than it does itself"):
        verify_file(file)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", base()[:-1], base() + b"\0"])
def test_what_is_no_standalone_base_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)

    with pytest.raises(UsageError, match="is no standalone base"):
        verify_file(file)


def test_every_byte_of_the_archive_counts(file: Path) -> None:
    for at in range(4096, len(base()) - 64, 17):
        data = bytearray(base())
        data[at] ^= 1
        file.write_bytes(data)
        assert isinstance(_verdict(file), IntegrityError)


def _verdict(file: Path) -> Verified | EncoderfileError:
    try:
        return verify_file(file)
    except EncoderfileError as error:
        return error


def test_a_licence_text_has_to_be_there(file: Path) -> None:
    file.write_bytes(encode_base(b"\x7fELF", [Member("base.json", Kind.RESOURCE, description().dump())]))

    with pytest.raises(EncoderfileError, match=r"licenses/zlib\.txt: is named by base\.json and is not in the archive"):
        verify_file(file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="gone: No such file"):
        verify_file(tmp_path / "gone")


def test_what_is_no_file_is_refused_and_a_pipe_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(EncoderfileError, match=f"{path.name}: is not a regular file"):
            verify_file(path)


def test_a_cached_base_has_to_be_what_it_is_stored_as(file: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    good = cache.add(file, __version__, X86)
    other_target = cache.add(file, __version__, ARM)
    other_version = cache.add(file, "0.0.1", X86)

    assert SHA256 == verify_cached(good).sha256
    assert f"stored for {ARM} of version {__version__}" in str(verdict(other_target))
    assert f"stored for {X86} of version 0.0.1" in str(verdict(other_version))
    good.path.write_bytes(b"?" + base()[1:])
    assert isinstance(verdict(good), IntegrityError)


def test_the_inventory_has_every_target(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "cache")
    old = cache.add(file, "0.0.1", X86)
    cache.choose(cache.add(file, __version__, X86))
    old.path.write_bytes(b"damaged" * 100 + base()[-64:])
    published(monkeypatch, entry(base(ARM), URL, ARM))

    found = [(item.target, item.where, item.used, item.runtime_version) for item in inventory(cache)]

    assert [
        ("portable", "embedded", True, __version__),
        (X86, "damaged", False, "0.0.1"),
        (X86, "cached", True, __version__),
        (ARM, "published", False, __version__),
        ("x86_64-unknown-linux-musl", "not made", False, ""),
        ("aarch64-unknown-linux-musl", "not made", False, ""),
        ("x86_64-apple-darwin", "untested", False, ""),
        ("aarch64-apple-darwin", "untested", False, ""),
        ("x86_64-pc-windows-msvc", "untested", False, ""),
    ] == found


@pytest.mark.parametrize("data", [b"no base", base(ARM)])
def test_what_is_no_base_for_its_target_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "other").write_bytes(data)
    cache = Cache(tmp_path / "cache")
    added = cache.add(tmp_path / "other", __version__, X86)

    [found] = (item for item in inventory(cache) if item.path)

    assert ("damaged", f"{added.path}: is no base for {X86}") == (found.where, found.note)
    with pytest.raises(IntegrityError, match=r"is no standalone base|is a base for"):
        verify_cached(added)
