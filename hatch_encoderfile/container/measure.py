"""What a file records of its parts, computed before it is written, so that it can be written from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.manifest import ARTIFACT_KINDS
from hatch_encoderfile.files.blob import Summed
from hatch_encoderfile.files.digests import Hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hatch_encoderfile.files.blob import Blob
    from hatch_encoderfile.files.digests import Digests

    from .content import AttachedFile


class Measured(NamedTuple):
    """A part's digests, SHA-512 for the base alone, and its CRC-32 for the zip directory."""

    digests: Digests
    crc: int


def parts(artifacts: Mapping[str, Blob], attachments: Iterable[AttachedFile]) -> dict[str, Blob]:
    """The bytes of each part by its name, in the order of the file: artifacts in Mozilla's order, then attachments by name."""
    in_order = sorted(attachments, key=lambda item: item.name)
    return {kind: artifacts[kind] for kind in ARTIFACT_KINDS if kind in artifacts} | {
        item.part: item.stored or item.data for item in in_order
    }


def measure(
    name: str, blob: Blob, progress: Callable[[int], None] = lambda _: None, *, sha512: bool = False
) -> Measured:
    """Read all of a blob.

    Args:
        name: what to call it in messages.
        blob: the blob.
        progress: told how many bytes have been read, piece by piece.
        sha512: whether to compute SHA-512, which is asked for of what is distributed by itself.

    Raises:
        EncoderfileError: the blob cannot be read, or is not as long as it said.
    """
    length, summed = 0, Summed(blob)
    with Hasher(sha512=sha512) as hasher:
        for chunk in summed.chunks():
            hasher.update(chunk)
            length += len(chunk)
            progress(len(chunk))
        digests = hasher.digests()
    if length != blob.length:
        raise EncoderfileError(f"{name}: has {length} bytes, expected {blob.length}; build again")
    return Measured(digests, summed.crc32)


def measure_all(blobs: Mapping[str, Blob], progress: Callable[[int], None] = lambda _: None) -> dict[str, Measured]:
    """Read all of some blobs, each known by its name.

    Raises:
        EncoderfileError: as `measure`.
    """
    return {name: measure(name, blob, progress) for name, blob in blobs.items()}
