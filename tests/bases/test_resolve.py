from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.bases import portable, resolve

if TYPE_CHECKING:
    from pathlib import Path


def test_portable_needs_no_file() -> None:
    base = resolve("portable")

    assert (base.flavour, base.target, base.runtime_version) == ("portable", "any", __version__)
    assert b"".join(base.data.chunks()) == portable.build()


def test_a_target_without_a_base_is_refused() -> None:
    with pytest.raises(UsageError, match="target 'x86_64-apple-darwin' is not supported yet without a base"):
        resolve("x86_64-apple-darwin")


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
    assert b"".join(base.data.chunks()) == data


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "the base binary is not there: check base-binary-path"),
        (".", "is a directory, expected a base binary: check base-binary-path"),
    ],
)
def test_a_base_that_is_no_file_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(EncoderfileError, match=message):
        resolve("portable", tmp_path / name)
