"""Each place in which a signed file can be changed, by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.signed_files import instance, refuse, sign_with, signed

from encoderfile_runtime.errors import IntegrityError
from encoderfile_runtime.format import footer
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_bundle_for_other_bytes(tmp_path: Path) -> None:
    it = signed(tmp_path)
    other = tmp_path / "other.bin"
    other.write_bytes(b"other bytes")
    sign_with(other, instance(), any_file=True)
    it.bundle.write_bytes(other.with_name("other.bin.sigstore.json").read_bytes())

    refuse(it, "Bundle message digest mismatch")


PLACES: dict[str, Callable[[Container], int]] = {
    "base": lambda container: 100,
    "manifest": lambda container: container.footer.manifest_offset + 5,
    "padding": lambda container: container.artifacts[0].offset - 1,
    "weights": lambda container: container.artifacts[0].offset + 99,
    "attachment": lambda container: container.attachments[0].offset,
    "directory": lambda container: max(part.end for part in container.attachments) + 50,
    "footer": lambda container: container.size - footer.SIZE + 9,
    "last byte": lambda container: container.size - 1,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_byte_changed_after_signing(tmp_path: Path, place: str) -> None:
    it = signed(tmp_path)
    offset = PLACES[place](Container(str(it.file)))
    content = bytearray(it.file.read_bytes())
    content[offset] ^= 1
    it.file.write_bytes(content)

    with pytest.raises((IntegrityError, RefusedError)):
        verify(str(it.file), it.demand())
    with pytest.raises(RefusedError, match="Bundle message digest mismatch"):
        verify(str(it.file), it.demand(), any_file=True)


def test_a_byte_after_the_end(tmp_path: Path) -> None:
    it = signed(tmp_path)
    with it.file.open("ab") as file:
        file.write(b"\0")

    with pytest.raises(IntegrityError):
        verify(str(it.file), it.demand())


def test_another_file_that_is_consistent_in_itself(tmp_path: Path, tiny: Path) -> None:
    it = signed(tmp_path / "signed")
    shutil.copy(tiny, it.file)

    refuse(it, "Bundle message digest mismatch")
