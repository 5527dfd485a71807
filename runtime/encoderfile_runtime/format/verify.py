"""Verification of every byte of an encoderfile: first the structure, then the digests, in one pass over the file.

The bytes that the manifest does not hash (zip headers, padding, directory) are recomputed and compared, and the zip end
record has the digest of the manifest: in a file of our profile, no bit can change unnoticed. Files of Mozilla's CLI
record digests of artifacts at most; the ranges without a digest are listed in the report, and so is the manifest of
files from before its digest was recorded.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from encoderfile_runtime.errors import FormatError, IntegrityError
from encoderfile_runtime.escaping import printable

from . import agreement, attachments, footer, layout
from .container import Container, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from encoderfile_runtime.files import InputFile

    from .zstd import Decompress

_CHUNK = 1 << 20
_CRC_AT = 14  # offset of the CRC-32 in a zip local header (APPNOTE.TXT 4.3.7)


class Uncovered(NamedTuple):
    """A range of the file that no digest covers, in bytes from the file's start."""

    what: str
    offset: int
    length: int


class Report(NamedTuple):
    """The result of a verification that found no fault.

    Attributes:
        content_id: SHA-256 of the manifest, hex; it covers every part through its digest.
        path: the file.
        parts: the parts with a recorded digest, all of which match.
        uncovered: ranges without a recorded digest; empty for files of our profile, except the manifest of those from
            before its digest was recorded.
        unread: compressed attachments of which only the stored bytes were hashed, as no decompressor is available.
    """

    path: str
    content_id: str
    parts: tuple[Part, ...]
    uncovered: tuple[Uncovered, ...]
    unread: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "file": self.path,
            "verified": True,
            "content_id": self.content_id,
            "parts": [part._asdict() | {"sha256": part.sha256.hex()} for part in self.parts],
            "uncovered": [item._asdict() for item in self.uncovered],
            "unread": list(self.unread),
        }


def as_text(report: Report) -> str:
    """The report for people."""
    total = sum(part.length for part in report.parts)
    lines = [f"{printable(report.path)}: {len(report.parts)} parts, {total} bytes hashed as recorded"]
    lines += [
        f"  not covered by any digest: {item.what}, {item.length} bytes at offset {item.offset}"
        for item in report.uncovered
    ]
    lines += [
        f"  hashed as it is stored, not decompressed: {printable(name)}; {attachments.missing()}"
        for name in report.unread
    ]
    if not report.uncovered:
        lines.append("every byte is accounted for")
    lines.append(f"content id {report.content_id}")
    return "\n".join(lines)


class Hash(Protocol):
    """The interface of `hashlib` objects, as far as it is used here."""

    def update(self, data: bytes, /) -> None:
        """Add bytes to the hash."""


def verify(
    container: Container,
    progress: Callable[[int], None] | None = None,
    whole: Hash | None = None,
    decompress: Decompress | None = None,
) -> Report:
    """Check every byte of an open file.

    Args:
        container: the open file.
        progress: called with the number of bytes of each chunk that was hashed.
        whole: a hash of the whole file, updated from the same single read, so that both see the same bytes; it may keep
            the chunks, to hash them in another thread.
        decompress: a decompressor of zstd frames; by default the base's own or the standard library's.

    Raises:
        FormatError: the structure is invalid.
        IntegrityError: a digest differs.
    """
    check_structure(container)
    base = container.manifest.base
    parts = _parts(container)
    if base:
        parts.insert(0, Part("base", 0, base.length, base.sha256))
    hashed = [part for part in parts if part.sha256]
    crcs = {}
    position = 0
    for part in sorted([*hashed, *_parsed(container)], key=lambda part: (part.offset, part.length)):
        if whole:
            _pass_over(container, position, part.offset, whole)
        digest, crcs[part.name] = _hash(container.file, part, progress, whole)
        if digest != part.sha256:
            raise IntegrityError(
                f"{container.path}: {part.name}: sha256 differs: recorded {part.sha256.hex()}, found {digest.hex()}"
            )
        position = part.end
    if whole:
        _pass_over(container, position, container.size, whole)
        if not container.file.is_unchanged:
            raise IntegrityError(f"{container.path}: the file changed while it was read")
    if base:
        _compare_segments(container, crcs)
    unread = _read_compressed(container, decompress)
    agreement.check(container, decompress)
    content_id = hashlib.sha256(container.manifest_bytes).hexdigest()
    return Report(container.path, content_id, tuple(hashed), tuple(uncovered(container)), tuple(unread))


def check_structure(container: Container) -> None:
    """Check a file of our profile as far as possible without reading its parts; the CRC-32s are taken from the headers.

    Raises:
        FormatError: the zip view and the manifest disagree, padding is not zero, a byte is not accounted for, or a
            compressed attachment does not hold what is recorded.
    """
    if container.ours:
        _check_manifest(container)
        crcs = {}
        for part, header in zip(_parts(container), _header_offsets(container), strict=True):
            stored = container.peek(header + _CRC_AT, 4)
            crcs[part.name] = int.from_bytes(stored, "little")
        _compare_segments(container, crcs)
        attachments.check(container)


def uncovered(container: Container) -> list[Uncovered]:
    """The ranges that no digest covers: none in a file of our profile, except the manifest of older ones."""
    start = container.footer.manifest_offset
    manifest = Uncovered("manifest", start, container.footer.manifest_length)
    if container.ours:
        return [manifest] if container.lacks_digest else []
    ranges = [Uncovered("base", 0, start), manifest]
    position = container.end_of_manifest
    for part in sorted(_parts(container), key=lambda part: part.offset):
        ranges.append(Uncovered("gap", position, part.offset - position))
        if not part.sha256:
            ranges.append(Uncovered(part.name, part.offset, part.length))
        position = part.end
    ranges.append(Uncovered("gap", position, container.end_of_content - position))
    ranges.append(Uncovered("footer", container.end_of_content, footer.SIZE))
    return [item for item in ranges if item.length > 0]


def _check_manifest(container: Container) -> None:
    """Compare the manifest with its digest in the zip end record, if one is recorded."""
    recorded, found = container.manifest_digest, hashlib.sha256(container.manifest_bytes)
    if recorded and recorded != found.digest():
        raise IntegrityError(
            f"{container.path}: manifest: sha256 differs: recorded {recorded.hex()}, found {found.hexdigest()}"
        )


def _read_compressed(container: Container, decompress: Decompress | None) -> list[str]:
    """Check the digests of decompressed attachments; return the parts that could not be decompressed here."""
    packed = attachments.compressed(container)
    if packed and decompress is None and attachments.missing():
        return [item.part for item in packed]
    for item in packed:
        attachments.read(container, item, decompress)
    return []


def _parsed(container: Container) -> list[Part]:
    """Manifest and footer, with digests of the bytes that were parsed: the file on disk must still be what was parsed."""
    place, manifest = container.footer, container.manifest_bytes
    return [
        Part("manifest", place.manifest_offset, len(manifest), hashlib.sha256(manifest).digest()),
        Part("footer", container.end_of_content, footer.SIZE, hashlib.sha256(place.encode()).digest()),
    ]


def _parts(container: Container) -> list[Part]:
    return [*container.artifacts, *container.attachments]


def _header_offsets(container: Container) -> list[int]:
    """The offset of each part's local header: the end of the part before it."""
    return [container.end_of_manifest, *(part.end for part in _parts(container))][: len(_parts(container))]


def _compare_segments(container: Container, crcs: dict[str, int]) -> None:
    """Compare the offsets of the parts and all bytes between them with those that `layout` computes.

    Raises:
        FormatError: they differ, or bytes are left over.
    """
    manifest, path = container.manifest, container.path
    flavour = manifest.base.flavour if manifest.base else ""
    code = layout.read_code(container.peek(0, container.footer.manifest_offset), flavour, path)
    placement = layout.place(container.end_of_manifest, _parts(container), manifest.weights_format, code)
    for part, expected in zip(_parts(container), placement.parts, strict=True):
        if part.offset > expected.offset:
            raise FormatError(
                path,
                f"{part.offset - expected.offset} bytes that nothing accounts for stand before {part.name}",
                expected.offset,
            )
        if part.offset < expected.offset:
            raise FormatError(path, f"{part.name}: expected at offset {expected.offset}", part.offset)
    end = container.end_of_manifest
    comment = layout.comment(container.manifest_bytes, container.footer)
    if container.lacks_digest:
        comment = container.footer.encode()
    for segment in layout.segments(manifest, end, placement, code, crcs, end_comment=comment):
        end = segment.offset + len(segment.data)
        found = container.peek(segment.offset, len(segment.data))
        if found != segment.data:
            at = _first_difference(found, segment.data)
            raise FormatError(path, segment.fault, segment.offset + at)
    if end != container.size:
        raise FormatError(path, f"{container.size - end} bytes that nothing accounts for", end)


def _first_difference(found: memoryview, expected: bytes | memoryview) -> int:
    for at, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one != other:
            return at
    return min(len(found), len(expected))


def _hash(file: InputFile, part: Part, progress: Callable[[int], None] | None, whole: Hash | None) -> tuple[bytes, int]:
    """SHA-256 and CRC-32 of a part, read once."""
    sha256, crc = hashlib.sha256(), 0
    for chunk in _chunks(file, part.name, part.offset, part.end):
        if whole:
            whole.update(chunk)
        sha256.update(chunk)
        crc = zlib.crc32(chunk, crc)
        if progress:
            progress(len(chunk))
    return sha256.digest(), crc


def _pass_over(container: Container, start: int, end: int, whole: Hash) -> None:
    """Hash the bytes between the parts into `whole`, after comparing them with the mapped ones that were checked."""
    for chunk in _chunks(container.file, "the space between parts", start, end):
        if container.ours and chunk != container.peek(start, len(chunk)):
            raise IntegrityError(f"{container.path}: the file changed while it was read")
        whole.update(chunk)
        start += len(chunk)


def _chunks(file: InputFile, name: str, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        chunk = file.read(start, min(_CHUNK, end - start))
        if not chunk:
            raise IntegrityError(f"{file.path}: {name}: the file ended while it was read")
        yield chunk
        start += len(chunk)
