"""Write an encoderfile in one pass: base and parts are streamed and hashed, then the manifest goes into the room left for it."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from encoderfile_runtime import footer, layout
from encoderfile_runtime.container import Part
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.manifest import (
    ARTIFACT_KINDS,
    FORMAT_PROFILE,
    PORTABLE,
    Artifact,
    Attachment,
    Base,
    Input,
    Manifest,
)
from hatch_encoderfile.digests import Digests, Hasher
from hatch_encoderfile.spec import Layout

from .content import AttachedFile
from .manifest import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hatch_encoderfile.blob import Blob

    from .content import Content, Description

_NO_DIGEST = bytes(32)
_END_RECORD = b"PK\x05\x06"


def write(
    out: BinaryIO,
    content: Content,
    inputs: Sequence[Input],
    complete_inputs: Callable[[], Sequence[Input]],
    progress: Callable[[int], None],
) -> Manifest:
    """Write `content` to an empty file.

    Args:
        out: a seekable file, open for reading and writing.
        content: what to write.
        inputs: the files that were read; digests may still be missing.
        complete_inputs: the same with their digests, asked for once all parts are written, so that the inputs can be
            hashed beside the writing.
        progress: told how many bytes have been written, piece by piece.

    Returns:
        The manifest as it was written.

    Raises:
        EncoderfileError: the base or an artifact cannot be read, or changed while it was read.
    """
    digests: dict[str, Digests] = {}
    described = None
    if content.description and content.layout is Layout.ZIP:
        described = _Described(content.description, digests)
        content = replace(content, attachments=(*content.attachments, described.as_attachment()))
    start = content.base.data.length
    parts = _parts(content)
    drafted = [item._replace(sha256=_NO_DIGEST) for item in inputs]
    place = footer.Footer(
        start, len(encode(_manifest(content, start, Part("base", 0, start, _NO_DIGEST), parts, drafted)))
    )
    if _END_RECORD in place.encode():
        raise EncoderfileError(
            f"{content.base.name}: a base of {start} bytes would hide the zip directory: pad it by a byte"
        )

    base = _copy(out, Part("base", 0, start, b""), content.base.data, progress)
    code = _read_code(out, content)
    placement = _place(content, parts, start + place.manifest_length, code)
    blobs = _blobs(content)
    written = {}
    digests[base.part.name] = base.digests
    for part in sorted(placement.parts, key=lambda part: blobs[part.name] is described):
        written[part.name] = _copy(out, part, blobs[part.name], progress)
        digests[part.name] = written[part.name].digests

    in_order = [written[part.name].part for part in placement.parts]
    manifest = _manifest(content, start, base.part, in_order, complete_inputs())
    out.seek(start)
    out.write(encode(manifest))
    if content.layout is Layout.MOZILLA:
        out.seek(placement.directory_offset)
        out.write(place.encode())
    else:
        crcs = {name: item.crc for name, item in written.items()}
        for segment in layout.segments(manifest, place, placement, code, crcs):
            out.seek(segment.offset)
            out.write(segment.data)
    return manifest


class _Written(NamedTuple):
    """A part that is in the file: with its digest, and with what the manifest has no room for."""

    part: Part
    digests: Digests
    crc: int


class _Described:
    """The blob of a description: rendered when it is written, from the digests of what was written before it."""

    def __init__(self, description: Description, digests: Mapping[str, Digests]) -> None:
        self._description = description
        self._digests = digests
        self.length = description.length

    def as_attachment(self) -> AttachedFile:
        """The attachment that holds it."""
        return AttachedFile(name=self._description.name, media_type=self._description.media_type, data=self)

    def chunks(self) -> Iterator[bytes]:
        """The bytes in one piece."""
        yield self._description.render(self._digests)


def _blobs(content: Content) -> dict[str, Blob]:
    """The bytes of each part by its name, artifacts in Mozilla's order, then attachments by name."""
    blobs = {kind: content.artifacts[kind] for kind in ARTIFACT_KINDS if kind in content.artifacts}
    if content.layout is Layout.ZIP:
        blobs |= {
            f"attachments/{item.name}": item.data for item in sorted(content.attachments, key=lambda item: item.name)
        }
    return blobs


def _parts(content: Content) -> list[Part]:
    """The parts without digests; an offset that is not 0 already takes its room in the manifest."""
    return [Part(name, 1 << 63, blob.length, _NO_DIGEST) for name, blob in _blobs(content).items()]


def _place(content: Content, parts: Sequence[Part], start: int, code: layout.Code) -> layout.Placement:
    if content.layout is Layout.ZIP:
        return layout.place(start, parts, content.weights_format, code)
    placed = []
    for part in parts:
        placed.append(part._replace(offset=start))
        start += part.length
    return layout.Placement(placed, start, is_zip=False)


def _read_code(out: BinaryIO, content: Content) -> layout.Code:
    if content.layout is not Layout.ZIP or content.base.flavour != PORTABLE:
        return layout.Code()
    out.seek(0)
    base = memoryview(out.read(content.base.data.length))
    return layout.read_code(base, content.base.flavour, content.base.name)


def _copy(out: BinaryIO, part: Part, data: Blob, progress: Callable[[int], None]) -> _Written:
    """Write a part at its offset."""
    out.seek(part.offset)
    crc, length = 0, 0
    with Hasher() as hasher:
        for chunk in data.chunks():
            hasher.start(chunk)
            out.write(chunk)
            crc = zlib.crc32(chunk, crc)
            length += len(chunk)
            progress(len(chunk))
            hasher.wait()
    if length != part.length:
        raise EncoderfileError(f"{part.name}: has {length} bytes, expected {part.length}; build again")
    digests = hasher.digests()
    return _Written(part._replace(sha256=digests.sha256), digests, crc)


def _manifest(content: Content, start: int, base: Part, parts: Sequence[Part], inputs: Sequence[Input]) -> Manifest:
    """The manifest of the given parts, whose offsets count from the start of the file."""
    ranges: Mapping[str, Artifact] = {
        part.name: Artifact(part.offset - start, part.length, part.sha256) for part in parts
    }
    artifacts = {kind: ranges[kind] for kind in ARTIFACT_KINDS if kind in ranges}
    manifest = Manifest(content.model_type, content.name, content.version, artifacts)
    if content.layout is Layout.MOZILLA:
        return manifest
    attachments = []
    for item in sorted(content.attachments, key=lambda item: item.name):
        artifact = ranges[f"attachments/{item.name}"]
        attachments.append(
            Attachment(item.name, item.media_type, artifact, raw_length=artifact.length, raw_sha256=artifact.sha256)
        )
    return manifest._replace(
        format_profile=FORMAT_PROFILE,
        weights_format=content.weights_format,
        base=Base(base.sha256, base.length, content.base.flavour, content.base.target, content.base.runtime_version),
        attachments=tuple(attachments),
        inputs=tuple(sorted(inputs, key=lambda item: item.path)),
        license=content.license,
        source=content.source,
    )
