"""Reading attachments: decompressed if they are stored compressed, and checked against their digests."""

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
"""Largest total length of decompressed attachments, in bytes: bounds the cost of verifying a small file."""


def compressed(container: Container) -> list[Attachment]:
    """The attachments that are stored compressed."""
    return [item for item in container.manifest.attachments if item.codec is not Codec.NONE]


def check(container: Container) -> None:
    """Check compressed attachments as far as possible without decompressing them.

    Raises:
        FormatError: one is not a zstd frame of the recorded length, or together they exceed MAX_TOTAL.
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
    """Read an attachment, decompress it, and check its digest.

    Args:
        container: the open file.
        item: the attachment.
        decompress: a decompressor of zstd frames; by default the base's own or the standard library's.

    Raises:
        FormatError: it is not stored as the manifest says.
        IntegrityError: its digest differs.
        EncoderfileError: it is compressed, and no decompressor is available.
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
    """A message that compressed attachments cannot be read here and what to do; empty if they can be read."""
    from . import zstd

    return "" if zstd.decompressor() else zstd.MISSING
