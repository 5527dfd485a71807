"""Writing an encoderfile in one pass, after its parts were measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, IntegrityError
from encoderfile_runtime.format import footer, layout
from encoderfile_runtime.format.container import Part
from encoderfile_runtime.format.manifest import (
    ARTIFACT_KINDS,
    FORMAT_PROFILE,
    PORTABLE,
    ZSTD_INPUT,
    Artifact,
    Base,
    Input,
    Manifest,
)
from hatch_encoderfile.files import zstd
from hatch_encoderfile.files.blob import BytesBlob, Summed
from hatch_encoderfile.spec import Layout

from .content import AttachedFile
from .manifest import encode
from .measure import measure, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatch_encoderfile.files.blob import Blob

    from .content import Content
    from .measure import Measured

_STEP = 1 << 19  # bytes of a write; larger folios would map, and count as memory, more than a small tensor needs


def write(
    out: BinaryIO,
    content: Content,
    measured: Mapping[str, Measured],
    inputs: Sequence[Input],
    written: Callable[[int], None] = lambda _: None,
) -> Manifest:
    """Write `content` to an empty file.

    Args:
        out: the file.
        content: the content.
        measured: the measures of "base" and of each of `parts`, by name.
        inputs: the files that were read, for the manifest.
        written: called with the number of bytes of each write.

    Returns:
        The manifest as it was written.

    Raises:
        EncoderfileError: the base or a part cannot be read.
        IntegrityError: one of them changed since it was measured.
    """
    if content.layout is Layout.MOZILLA:  # its manifest has no place for attachments
        content = replace(content, attachments=(), description=None)
    # The SBOM has the digests of all other parts, so it is made last; its own digest is only in the manifest.
    if content.description:
        digests = {name: item.digests for name, item in measured.items()}
        rendered = BytesBlob(content.description.render(digests))
        file = AttachedFile(name=content.description.name, media_type=content.description.media_type, data=rendered)
        content = replace(content, attachments=(*content.attachments, file))
        measured = {**measured, file.part: measure(file.part, rendered)}
    start, blobs = content.base.data.length, parts(content.artifacts, content.attachments)
    base = Part("base", 0, start, measured["base"].digests.sha256)
    # Offsets depend on the manifest's length. They are fixed64 fields, so any offset but 0 (left out as the default)
    # takes the same room: a draft with placeholders has the final length.
    drafted = [Part(name, 1 << 63, blob.length, measured[name].digests.sha256) for name, blob in blobs.items()]
    place = footer.Footer(start, len(encode(_manifest(content, base, drafted, inputs))))
    code = _read_code(content)
    placement = _place(content, drafted, start + place.manifest_length, code)
    manifest = _manifest(content, base, placement.parts, inputs)

    pieces = [_Piece(0, content.base.data, base.name), _Piece(start, BytesBlob(encode(manifest)))]
    pieces += [_Piece(part.offset, blobs[part.name], part.name) for part in placement.parts]
    if content.layout is Layout.MOZILLA:
        pieces.append(_Piece(placement.directory_offset, BytesBlob(place.encode())))
    else:
        crcs = {name: item.crc for name, item in measured.items()}
        comment = layout.comment(encode(manifest), place)
        segments = list(
            layout.segments(manifest, start + place.manifest_length, placement, code, crcs, end_comment=comment)
        )
        # A length or digest may by chance contain the end record's magic, which readers search for from the end.
        if layout.hides_end_record(segments[-1].data):
            raise EncoderfileError(
                f"{content.base.name}: a base of {start} bytes would hide the zip directory: pad it by a byte"
            )
        pieces += [_Piece(segment.offset, BytesBlob(bytes(segment.data))) for segment in segments]
    aligned = _AlignedWriter(out, written)
    for piece in sorted(pieces, key=lambda piece: (piece.offset, piece.blob.length)):
        _copy(aligned, piece, measured)
    aligned.flush()
    return manifest


class _AlignedWriter:
    """Writes in aligned blocks of `_STEP` bytes: Linux then caches the file in large folios, which map with few page faults.

    Args:
        out: an empty file.
        written: called with the number of bytes of each write.
    """

    def __init__(self, out: BinaryIO, written: Callable[[int], None]) -> None:
        self._out = out
        self._written = written
        self._buffer = memoryview(bytearray(_STEP))
        self._filled = 0

    def write(self, data: bytes | memoryview) -> None:
        """Buffer bytes, and write each block that is full."""
        remaining = memoryview(data)
        while remaining:
            taken = remaining[: _STEP - self._filled]
            self._buffer[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            remaining = remaining[len(taken) :]
            if self._filled == _STEP:
                self.flush()

    def flush(self) -> None:
        """Write the buffered bytes."""
        self._out.write(self._buffer[: self._filled])
        self._out.flush()
        self._written(self._filled)
        self._filled = 0


class _Piece(NamedTuple):
    """Bytes and their offset in the file; `name` is that of the base or of a part, empty for other bytes."""

    offset: int
    blob: Blob
    name: str = ""


def _copy(out: _AlignedWriter, piece: _Piece, measured: Mapping[str, Measured]) -> None:
    """Write a piece after the last one, and check that it has not changed since it was measured."""
    summed = Summed(piece.blob)
    for chunk in summed.chunks():
        out.write(chunk)
    if piece.name and summed.crc32 != measured[piece.name].crc:
        raise IntegrityError(f"{piece.name}: changed while it was read: build again")


def _place(content: Content, drafted: Sequence[Part], start: int, code: layout.Code) -> layout.Placement:
    """The offsets of the parts: those of our layout, or contiguous as Mozilla's CLI writes them."""
    if content.layout is Layout.ZIP:
        return layout.place(start, drafted, content.weights_format, code)
    placed = []
    for part in drafted:
        placed.append(part._replace(offset=start))
        start += part.length
    return layout.Placement(placed, start, is_zip=False)


def _read_code(content: Content) -> layout.Code:
    if content.layout is not Layout.ZIP or content.base.flavour != PORTABLE:
        return layout.Code()
    base = memoryview(b"".join(content.base.data.chunks()))
    return layout.read_code(base, content.base.flavour, content.base.name)


def _manifest(content: Content, base: Part, placed: Sequence[Part], inputs: Sequence[Input]) -> Manifest:
    """The manifest of parts at their offsets; these count from the start of the file, in the manifest from its own start."""
    ranges: Mapping[str, Artifact] = {
        part.name: Artifact(part.offset - base.length, part.length, part.sha256) for part in placed
    }
    artifacts = {kind: ranges[kind] for kind in ARTIFACT_KINDS if kind in ranges}
    manifest = Manifest(content.model_type, content.name, content.version, artifacts)
    if content.layout is Layout.MOZILLA:
        return manifest
    return manifest._replace(
        format_profile=FORMAT_PROFILE,
        weights_format=content.weights_format,
        base=Base(base.sha256, base.length, content.base.flavour, content.base.target, content.base.runtime_version),
        attachments=tuple(
            item.recorded(ranges[item.part]) for item in sorted(content.attachments, key=lambda item: item.name)
        ),
        inputs=tuple(sorted([*inputs, *_libraries(content, inputs)], key=lambda item: item.path)),
        license=content.license,
        source=content.source,
    )


def _libraries(content: Content, inputs: Sequence[Input]) -> list[Input]:
    """The libraries on whose version the bytes depend: libzstd, if attachments are compressed."""
    if not any(item.stored for item in content.attachments):
        return []
    if any(item.path == ZSTD_INPUT for item in inputs):
        raise EncoderfileError(f"{ZSTD_INPUT}: is how the manifest names the compressor: rename this file of the model")
    return [zstd.recorded()]
