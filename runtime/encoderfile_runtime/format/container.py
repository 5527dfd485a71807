"""An open encoderfile: the footer, the manifest and the bounds of all parts are checked; artifacts are mapped, not read."""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
import mmap
from typing import Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, FormatError
from encoderfile_runtime.files import opened

from . import footer
from .manifest import Artifact, Manifest
from .manifest import parse as parse_manifest

WEIGHTS_ALIGNMENT = 4096
ALIGNMENT = 64
_ZIP_END = 22  # bytes of a zip end record without its comment (APPNOTE.TXT 4.3.16)
_DIGEST = 32


class Part(NamedTuple):
    """An artifact or attachment as a range of the file, in bytes from its start; `sha256` is empty if none is recorded."""

    name: str
    offset: int
    length: int
    sha256: bytes

    @property
    def end(self) -> int:
        """The offset of the first byte after the part."""
        return self.offset + self.length

    @property
    def alignment(self) -> int:
        """The number of bytes of which the part's offset must be a multiple."""
        return WEIGHTS_ALIGNMENT if self.name == "weights" else ALIGNMENT


class Container:
    """An open encoderfile whose footer, manifest and bounds have been checked. No artifact has been read.

    Attributes:
        file: the file, whose bytes are read again from this handle and never by its name.
        path: the file.
        size: its length in bytes.
        footer: the decoded footer.
        manifest_bytes: the manifest as stored.
        manifest: the decoded manifest.
        artifacts: the artifacts, in the order of `ARTIFACT_KINDS`.
        attachments: the attachments, in the order of the manifest.
        faults: with `to_look_at`, the faults of the manifest and the bounds.
    """

    def __init__(self, path: str, to_look_at: bool = False) -> None:
        """Open `path`.

        Args: path: the file. to_look_at: collect the faults of the manifest instead of raising, to show or extract a
            broken file; never to run it.

        Raises:
            FormatError: the file is not a valid encoderfile; with `to_look_at`, only if the footer is not valid.
            EncoderfileError: the file cannot be read.
        """
        self.path = path
        self.faults: list[str] = []
        self.file = opened(path)
        self.size = self.file.size
        try:
            tail = self.file.read(max(0, self.size - footer.SIZE), footer.SIZE)
            self.footer = footer.parse(tail, path, self.size)
            self._map = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise EncoderfileError(f"{path}: {error.strerror or error}") from None
        start, length = self.footer
        self.manifest_bytes = self._map[start : start + length]
        self.manifest: Manifest = parse_manifest(self.manifest_bytes, path, start, self.faults if to_look_at else None)
        self.artifacts = [_part(name, artifact, start) for name, artifact in self.manifest.artifacts.items()]
        self.attachments = [_part(item.part, item.artifact, start) for item in self.manifest.attachments]
        try:
            self._check_bounds()
        except FormatError as error:
            if not to_look_at:
                raise
            self.faults.append(str(error))

    @property
    def ours(self) -> bool:
        """Whether the file follows our profile; files of Mozilla's CLI and of the layout "mozilla" do not."""
        return self.manifest.base is not None

    @property
    def manifest_digest(self) -> bytes:
        """SHA-256 of the manifest as recorded in the zip end record's comment; empty if none is recorded."""
        return bytes(self.peek(self.end_of_content - _DIGEST, _DIGEST)) if self._comment_length() > footer.SIZE else b""

    @property
    def lacks_digest(self) -> bool:
        """Whether this is a file of our profile from before the manifest's digest was recorded."""
        return self.ours and self._comment_length() == footer.SIZE

    @property
    def end_of_manifest(self) -> int:
        """The offset of the first byte after the manifest, from which on artifacts may lie."""
        return self.footer.manifest_offset + self.footer.manifest_length

    @property
    def end_of_content(self) -> int:
        """The offset of the footer."""
        return self.size - footer.SIZE

    def read(self, name: str) -> bytes:
        """Copy a part's bytes; `name` is that of an entry of `artifacts` or `attachments`.

        Raises:
            EncoderfileError: the file has no such part.
        """
        return bytes(self.view(name))

    def json(self, name: str) -> dict[str, Any]:
        """Parse a part that is a JSON object.

        Raises:
            FormatError: it is not a JSON object.
        """
        import json

        try:
            value = json.loads(str(self.view(name), "utf-8"))
        except (ValueError, RecursionError) as error:
            raise FormatError(self.path, f"{name} is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise FormatError(self.path, f"{name}: expected a JSON object")
        return value

    def tokenizer_definition(self) -> dict[str, Any]:
        """The tokenizer.json inside the tokenizer artifact.

        Raises:
            FormatError: the artifact does not contain one.
        """
        definition = self.json("tokenizer").get("tokenizer")
        if not isinstance(definition, dict):
            raise FormatError(self.path, "tokenizer: expected an object with a tokenizer.json as its 'tokenizer'")
        return definition

    def view(self, name: str) -> memoryview:
        """A part's bytes in the mapped file, without a copy.

        Raises:
            EncoderfileError: the file has no such part.
        """
        for part in (*self.artifacts, *self.attachments):
            if part.name == name:
                return memoryview(self._map)[part.offset : part.end]
        raise EncoderfileError(f"{self.path}: has no {name}")

    def peek(self, offset: int, length: int) -> memoryview:
        """A range of the mapped file, without a copy; shorter if the file ends."""
        return memoryview(self._map)[offset : offset + length]

    def drop_pages(self) -> None:
        """Release the mapped pages to the page cache, so that they no longer count as this process's memory."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _comment_length(self) -> int:
        """The length of the zip end record's comment if it is one of our profile's two; else 0, as in Mozilla's files."""
        for length in (_DIGEST + footer.SIZE, footer.SIZE):
            start = self.size - length - _ZIP_END
            record = bytes(self.peek(start, _ZIP_END)) if start >= 0 else b""
            if record[:4] == b"PK\5\6" and record[-2:] == length.to_bytes(2, "little"):
                return length
        return 0

    def _check_bounds(self) -> None:
        """Check that base, manifest, parts and footer do not overlap and lie in this order.

        Raises:
            FormatError: they do not.
        """
        base = self.manifest.base
        # A file without format_profile counts as Mozilla's, and less of it is checked: one with our end must not pass
        # so.
        if base is None and self._comment_length():
            raise FormatError(
                self.path,
                "manifest: incomplete: the file ends as one with a format_profile does",
                self.footer.manifest_offset,
            )
        if base and base.length != self.footer.manifest_offset:
            raise FormatError(
                self.path,
                f"manifest: base has {base.length} bytes, but the manifest starts at {self.footer.manifest_offset}",
                self.footer.manifest_offset,
            )
        parts = sorted((*self.artifacts, *self.attachments), key=lambda part: part.offset)
        end, previous = self.end_of_manifest, "manifest"
        for part in parts:
            if part.offset < self.footer.manifest_offset + self.footer.manifest_length and previous == "manifest":
                raise FormatError(self.path, f"{part.name}: starts inside the base or the manifest", part.offset)
            if part.offset < end:
                raise FormatError(self.path, f"{part.name}: overlaps {previous}, which ends at {end}", part.offset)
            if part.end > self.end_of_content:
                raise FormatError(
                    self.path,
                    f"{part.name}: {part.length} bytes go past the end of the content at {self.end_of_content}",
                    part.offset,
                )
            end, previous = part.end, part.name


def _part(name: str, artifact: Artifact, start: int) -> Part:
    return Part(name, start + artifact.offset, artifact.length, artifact.sha256)
