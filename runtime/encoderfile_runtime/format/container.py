"""Open an encoderfile: footer, manifest, strict bounds; the artifacts stay in the file until they are asked for."""

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
_ZIP_END = 22
_DIGEST = 32


class Part(NamedTuple):
    """A hashed range of the file, in bytes from its start. `sha256` is empty where the file records none."""

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
        """The number of bytes that the part's offset must be a multiple of."""
        return WEIGHTS_ALIGNMENT if self.name == "weights" else ALIGNMENT


class Container:
    """An open encoderfile whose footer, manifest and bounds have been checked. No artifact has been read.

    Attributes:
        file: the file, whose bytes are read again from this handle and never by its name.
        faults: what is wrong with the manifest and the bounds of a file that was opened to be looked at.
    """

    def __init__(self, path: str, to_look_at: bool = False) -> None:
        """Open `path`.

        Args:
            path: the file.
            to_look_at: whether to open it whatever is wrong with its manifest: to be shown or taken apart, never to be run.

        Raises:
            FormatError: the file is not a valid encoderfile; opened to be looked at, it has no footer.
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
        """Whether the file follows our profile; files of Mozilla's CLI and of layout "mozilla" do not."""
        return self.manifest.base is not None

    @property
    def manifest_digest(self) -> bytes:
        """SHA-256 of the manifest as the zip end record's comment has it; empty where there is no such comment."""
        return bytes(self.peek(self.end_of_content - _DIGEST, _DIGEST)) if self._comment_length() > footer.SIZE else b""

    @property
    def lacks_digest(self) -> bool:
        """Whether this is a file of our profile as they were written before the manifest's digest was recorded."""
        return self.ours and self._comment_length() == footer.SIZE

    @property
    def end_of_manifest(self) -> int:
        """Where the artifacts may start."""
        return self.footer.manifest_offset + self.footer.manifest_length

    @property
    def end_of_content(self) -> int:
        """Where the footer starts."""
        return self.size - footer.SIZE

    def read(self, name: str) -> bytes:
        """A copy of a part's bytes; `name` as in `artifacts` and `attachments`.

        Raises:
            EncoderfileError: the file has no such part.
        """
        return bytes(self.view(name))

    def json(self, name: str) -> dict[str, Any]:
        """A part that is a JSON object.

        Raises:
            FormatError: it is not.
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
        """The tokenizer.json in the tokenizer artifact.

        Raises:
            FormatError: it is not there.
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
        """Bytes of the mapped file, without a copy; fewer where the file ends."""
        return memoryview(self._map)[offset : offset + length]

    def drop_pages(self) -> None:
        """Give the mapped pages back to the system's cache, so that they no longer count as this process's memory."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _comment_length(self) -> int:
        """How long the comment of the zip end record is, as our profile has it; 0 where there is none, as in Mozilla's files."""
        for length in (_DIGEST + footer.SIZE, footer.SIZE):
            start = self.size - length - _ZIP_END
            record = bytes(self.peek(start, _ZIP_END)) if start >= 0 else b""
            if record[:4] == b"PK\5\6" and record[-2:] == length.to_bytes(2, "little"):
                return length
        return 0

    def _check_bounds(self) -> None:
        base = self.manifest.base
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
