"""The attachments of a file as they were before they were stored, whatever their codec."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import FormatError, IntegrityError

from .manifest import Codec

if TYPE_CHECKING:
    from .container import Container
    from .manifest import Attachment
    from .zstd import Decompress

MAX_TOTAL = 1 << 30
"""Bytes that all compressed attachments may hold together: what verifying them may cost, however small the file is."""


def compressed(container: Container) -> list[Attachment]:
    """The attachments that are stored compressed."""
    return [item for item in container.manifest.attachments if item.codec is not Codec.NONE]


def check(container: Container) -> None:
    """Check what can be told of compressed attachments without decompressing them.

    Raises:
        FormatError: one is stored as something else than the manifest says, or all hold more than is sane.
    """
    packed = compressed(container)
    total = sum(item.raw_length for item in packed)
    if total > MAX_TOTAL:
        raise FormatError(
            container.path, f"compressed attachments are recorded to hold {total} bytes, expected at most {MAX_TOTAL}"
        )
    for item in packed:
        from . import zstd

        zstd.check_frame(container.view(item.part), item.raw_length, container.path, item.part)


def read(container: Container, item: Attachment, decompress: Decompress | None = None) -> bytes:
    """An attachment's own bytes, checked.

    Args:
        container: the open file.
        item: the attachment.
        decompress: what decompresses a zstd frame, in place of what is here.

    Raises:
        FormatError: it is stored as something else than the manifest says.
        IntegrityError: its digest differs.
        EncoderfileError: it is compressed, and nothing here decompresses it.
    """
    data = container.read(item.part)
    if item.codec is not Codec.NONE:
        from . import zstd

        data = zstd.decompress(data, item.raw_length, container.path, item.part, decompress)
    found = hashlib.sha256(data).digest()
    if found != item.raw_sha256:
        raise IntegrityError(
            f"{container.path}: {item.name}: sha256 differs: recorded {item.raw_sha256.hex()}, found {found.hex()}"
        )
    return data


def missing() -> str:
    """A message that says what to install to read compressed attachments; empty if they can be read."""
    from . import zstd

    return "" if zstd.decompressor() else zstd.MISSING
