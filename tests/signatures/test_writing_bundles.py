"""Bundles appear together or not at all, in an order that never leaves a signature beside papers that are not there."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from support.signed_files import instance, sign_with, unsigned

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.signatures.bundles import write


def test_bundles_appear_together_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "in the way"
    folder.mkdir()

    with pytest.raises(UsageError, match="is a directory"):
        write({tmp_path / "first": b"1", folder: b"2"})
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_disk_that_is_full_leaves_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def fsync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)

    with pytest.raises(EncoderfileError, match="No space left"):
        write({tmp_path / name: b"bundle" for name in ("first", "second", "third")})
    assert list(tmp_path.iterdir()) == []


def test_the_bundle_that_is_looked_for_first_appears_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[str] = []
    replace = Path.replace

    def recorded(self: Path, target: Path) -> Path:
        replaced.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", recorded)

    signed = sign_with(unsigned(tmp_path), instance())

    assert replaced[-1] == "tiny.encoderfile.sigstore.json"
    assert len(replaced) == len(signed.bundles)


def test_a_bundle_left_from_an_earlier_signing_is_told(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    first = sign_with(file, instance())
    file.with_name(f"{file.name}.cdx.json").unlink()

    second = sign_with(file, instance())

    left = file.with_name(f"{file.name}.cdx.sigstore.json")
    assert ((), (left,)) == (first.stale, second.stale)
