"""Digests and CRC-32 of each part, computed before writing: the manifest, which has them, comes first in the file."""

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
    """A part's digests for the manifest and the SBOM (SHA-512 for the base alone), and its CRC-32 for the zip directory."""

    digests: Digests
    crc: int


def parts(artifacts: Mapping[str, Blob], attachments: Iterable[AttachedFile]) -> dict[str, Blob]:
    """The bytes of each part by name, in the order of the file: artifacts in Mozilla's order, then attachments by name."""
    in_order = sorted(attachments, key=lambda item: item.name)
    return {kind: artifacts[kind] for kind in ARTIFACT_KINDS if kind in artifacts} | {
        item.part: item.stored or item.data for item in in_order
    }


def measure(
    name: str, blob: Blob, progress: Callable[[int], None] = lambda _: None, *, sha512: bool = False
) -> Measured:
    """Read a blob and compute its digests.

    Args:
        name: its name in messages.
        blob: the blob.
        progress: called with the number of bytes of each chunk.
        sha512: whether to compute SHA-512, which SBOM guidelines require for files that are distributed by themselves.

    Raises:
        EncoderfileError: the blob cannot be read, or has another length than stated.
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
    """Read several blobs and compute their digests, by name.

    Raises:
        EncoderfileError: as `measure`.
    """
    return {name: measure(name, blob, progress) for name, blob in blobs.items()}
