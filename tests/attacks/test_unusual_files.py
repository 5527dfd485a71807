"""Bundles and files that would take all memory, never end, or cannot be opened, by name."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from support.signed_files import instance, refuse, sign_with, signed

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.files.limits import BUNDLE
from hatch_encoderfile.signatures.bundles import parse
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bundle_of_100_mb_is_not_read(tmp_path: Path) -> None:
    it = signed(tmp_path)
    with it.bundle.open("r+b") as file:
        file.truncate(100_000_000)

    tracemalloc.start()
    refuse(it, f"larger than {BUNDLE.size} bytes")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * BUNDLE.size


@pytest.mark.parametrize("value", [b"{}", b"[]", b"0", b'{"a":0}'])
def test_a_bundle_of_a_million_values_is_refused_before_they_are_made(value: bytes) -> None:
    head = b'{"verificationMaterial":{"x":['
    data = head + b",".join([value] * ((BUNDLE.size - len(head) - 4) // (len(value) + 1))) + b"]}}"
    assert len(data) <= BUNDLE.size

    tracemalloc.start()
    with pytest.raises(RefusedError, match="more than 10000 values"):
        parse(data, "bundle")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < BUNDLE.size


@pytest.mark.parametrize("what", ["file", "bundle", "provenance"])
@pytest.mark.parametrize("any_file", [False, True])
def test_a_fifo_is_not_waited_for(tmp_path: Path, what: str, any_file: bool) -> None:
    it = signed(tmp_path)
    path: Path = getattr(it, what)
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(RefusedError, match="is not a regular file"):
        verify(str(it.file), it.demand(), any_file=any_file)


def test_a_fifo_is_not_waited_for_when_signing(tmp_path: Path) -> None:
    file = tmp_path / "fifo"
    os.mkfifo(file)

    with pytest.raises(EncoderfileError, match="fifo: is not a regular file"):
        sign_with(file, instance(), any_file=True)


@pytest.mark.parametrize("name", ["", ".", "/", "a" * 300, "a\0b"])
@pytest.mark.parametrize("any_file", [False, True])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str, any_file: bool) -> None:
    it = signed(tmp_path)

    with pytest.raises(RefusedError):
        verify(name, it.demand(), any_file=any_file)


@pytest.mark.parametrize("path", ["a" * 300, "a\0b"])
def test_a_bundle_of_a_name_that_no_file_can_have_is_refused(tmp_path: Path, path: str) -> None:
    refuse(signed(tmp_path), "File name too long|null byte|null character", bundle=tmp_path / path)


@pytest.mark.parametrize("what", ["bundle", "provenance"])
def test_a_link_that_goes_round_for_a_bundle_is_refused(tmp_path: Path, what: str) -> None:
    it = signed(tmp_path)
    path: Path = getattr(it, what)
    path.unlink()
    path.symlink_to(path)

    refuse(it, "symbolic links")


def test_a_folder_for_a_bundle(tmp_path: Path) -> None:
    it = signed(tmp_path)
    it.bundle.unlink()
    it.bundle.mkdir()

    refuse(it, "is not a regular file")
