"""The manifest, which lists the contents of an encoderfile: decoding and validation (schemas/manifest.proto)."""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
import posixpath
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from encoderfile_runtime.errors import FormatError

from .model_type import ModelType
from .wire import Field, Kind, Reader

FORMAT_PROFILE = "hatch-encoderfile/1"
PORTABLE = "portable"

# In the order of the file, which is that of their field numbers in the manifest.
ARTIFACT_KINDS = ("weights", "transform", "model_config", "tokenizer", "image_preprocessor")

_DIGEST = 32
_MAX_NAME = 255
_Member = TypeVar("_Member", bound=IntEnum)


class WeightsFormat(IntEnum):
    """The format of the weights artifact. Mozilla's CLI does not write the field: UNSPECIFIED means ONNX."""

    UNSPECIFIED = 0
    EMBD = 1
    ONNX = 2
    PTE = 3


class Codec(IntEnum):
    """The compression of an attachment."""

    NONE = 0
    ZSTD = 1


class Artifact(NamedTuple):
    """A range of the file; the offset counts from the first byte of the manifest."""

    offset: int = 0
    length: int = 0
    sha256: bytes = b""


class Base(NamedTuple):
    """The base binary, with which the file begins."""

    sha256: bytes = b""
    length: int = 0
    flavour: str = ""
    target: str = ""
    runtime_version: str = ""


class Attachment(NamedTuple):
    """A file that is embedded for people and auditors; `raw_length` and `raw_sha256` are those before compression."""

    name: str = ""
    media_type: str = ""
    artifact: Artifact = Artifact()
    codec: Codec = Codec.NONE
    raw_length: int = 0
    raw_sha256: bytes = b""

    @property
    def part(self) -> str:
        """The name of its part in the file; ".zst" marks a compressed one."""
        return f"attachments/{self.name}{'.zst' if self.codec is Codec.ZSTD else ''}"


ZSTD_INPUT = "libzstd"
"""The path of the input that records the version of the compression library, on which the stored bytes depend."""


class Input(NamedTuple):
    """A file that was read for the build; or a library whose version decides the bytes, which has only path and URI."""

    path: str = ""
    sha256: bytes = b""
    length: int = 0
    uri: str = ""

    @property
    def is_tool(self) -> bool:
        """Whether this records a library instead of a file: libzstd, with exactly its path and package URL, and no digest."""
        return self == (ZSTD_INPUT, b"", 0, self.uri) and self.uri.startswith("pkg:generic/zstd@")


class Manifest(NamedTuple):
    """The decoded manifest. `artifacts` is keyed by the names in `ARTIFACT_KINDS`, in their order."""

    model_type: ModelType
    name: str
    version: str
    artifacts: dict[str, Artifact]
    format_profile: str = ""
    weights_format: WeightsFormat = WeightsFormat.UNSPECIFIED
    base: Base | None = None
    attachments: tuple[Attachment, ...] = ()
    inputs: tuple[Input, ...] = ()
    license: str = ""
    source: str = ""


_ARTIFACT = {
    1: Field("offset", Kind.FIXED64),
    2: Field("length", Kind.FIXED64),
    3: Field("sha256", Kind.BYTES),
}
_BASE = {
    1: Field("sha256", Kind.BYTES),
    2: Field("length", Kind.UINT64),
    3: Field("flavour", Kind.STRING),
    4: Field("target", Kind.STRING),
    5: Field("runtime_version", Kind.STRING),
}
_ATTACHMENT = {
    1: Field("name", Kind.STRING),
    2: Field("media_type", Kind.STRING),
    3: Field("artifact", Kind.MESSAGE, message=_ARTIFACT),
    4: Field("codec", Kind.ENUM, members=frozenset(Codec)),
    5: Field("raw_length", Kind.UINT64),
    6: Field("raw_sha256", Kind.BYTES),
}
_INPUT = {
    1: Field("path", Kind.STRING),
    2: Field("sha256", Kind.BYTES),
    3: Field("length", Kind.UINT64),
    4: Field("uri", Kind.STRING),
}
FIELDS = {
    1: Field("model_type", Kind.ENUM, members=frozenset(ModelType)),
    2: Field("name", Kind.STRING),
    3: Field("version", Kind.STRING),
    **{100 + 10 * i: Field(kind, Kind.MESSAGE, message=_ARTIFACT) for i, kind in enumerate(ARTIFACT_KINDS)},
    1000: Field("format_profile", Kind.STRING),
    1001: Field("weights_format", Kind.ENUM, members=frozenset(WeightsFormat)),
    1002: Field("base", Kind.MESSAGE, message=_BASE),
    1003: Field("attachments", Kind.MESSAGE, repeated=True, message=_ATTACHMENT),
    1004: Field("inputs", Kind.MESSAGE, repeated=True, message=_INPUT),
    1005: Field("license", Kind.STRING),
    1006: Field("source", Kind.STRING),
}


def is_safe_path(name: str) -> bool:
    """Whether a path is relative and normalized, stays below its folder, and has no character that Windows forbids."""
    return (
        name.isprintable()
        and 0 < len(name.encode()) <= _MAX_NAME
        and not set(name) & set('\\:*?"<>|')
        and posixpath.normpath(name) == name
        and not name.startswith(("/", "../"))
        and name not in (".", "..")
    )


def parse(data: bytes, source: str, offset: int = 0, faults: "list[str] | None" = None) -> Manifest:
    """Decode a manifest and check it as far as possible without the rest of the file.

    Args:
        data: the manifest's bytes.
        source: the file's name, for messages.
        offset: offset of the manifest in the file, for messages.
        faults: if given, faults are appended instead of raised, and the result has what could be decoded.

    Raises:
        FormatError: the encoding is not canonical, or a value is invalid.
    """
    reader = Reader(data, source, offset, faults=faults)
    values = reader.message(FIELDS)
    kind = values.pop("model_type", 0)
    if faults is None and not kind:
        raise FormatError(source, "manifest: model_type is missing", offset)
    manifest = Manifest(
        model_type=ModelType(kind) if kind in ModelType._value2member_map_ else ModelType.unknown(kind),
        artifacts={kind: Artifact(**values.pop(kind)) for kind in ARTIFACT_KINDS if kind in values},
        name=values.pop("name", ""),
        version=values.pop("version", ""),
        weights_format=_member(WeightsFormat, values.pop("weights_format", 0)),
        base=Base(**values.pop("base")) if "base" in values else None,
        attachments=tuple(_attachment(item) for item in values.pop("attachments", ())),
        inputs=tuple(Input(**item) for item in values.pop("inputs", ())),
        **values,
    )
    fault = _fault(manifest, reader.unknown)
    if fault and faults is None:
        raise FormatError(source, f"manifest: {fault}", offset)
    if fault and faults is not None:
        faults.append(f"{source}: manifest: {fault}")
    return manifest


def _member(members: type[_Member], number: int) -> _Member:
    """The member with this number; the first if there is none, a fault that the reader has noted."""
    return members(number if number in members._value2member_map_ else 0)


def _attachment(values: dict[str, Any]) -> Attachment:
    artifact = Artifact(**values.pop("artifact", {}))
    return Attachment(artifact=artifact, codec=_member(Codec, values.pop("codec", 0)), **values)


def _fault(manifest: Manifest, unknown: list[int]) -> str | None:
    """The first fault of a decoded manifest; None if it is valid."""
    if manifest.format_profile == FORMAT_PROFILE:
        if unknown:
            return f"unknown field {unknown[0]}"
        if manifest.base is None:
            return "base is missing"
        return next(iter([*_digest_faults(manifest, manifest.base), *_name_faults(manifest)]), None)
    if manifest.format_profile:
        return f"format_profile {manifest.format_profile!r} is not known; a newer version of the reader may know it"
    # Mozilla's manifests, whose unknown fields are left to newer versions of its format; fields of ours need the profile.
    if manifest != Manifest(manifest.model_type, manifest.name, manifest.version, manifest.artifacts):
        return "has fields from 1000 on, but no format_profile"
    lengths = {kind: len(artifact.sha256) for kind, artifact in manifest.artifacts.items()}
    return next((_wrong_digest(kind, found) for kind, found in lengths.items() if found not in (0, _DIGEST)), None)


def _wrong_digest(owner: str, length: int) -> str:
    return f"{owner}: sha256 has {length} bytes, expected {_DIGEST}"


def _digest_faults(manifest: Manifest, base: Base) -> Iterator[str]:
    digests = {"base": base.sha256}
    digests |= {kind: artifact.sha256 for kind, artifact in manifest.artifacts.items()}
    digests |= {f"input {item.path!r}": item.sha256 for item in manifest.inputs if not item.is_tool}
    for attachment in manifest.attachments:
        owner = f"attachment {attachment.name!r}"
        digests |= {owner: attachment.artifact.sha256, f"{owner} (raw)": attachment.raw_sha256}
        raw = (attachment.raw_length, attachment.raw_sha256)
        if attachment.codec is Codec.NONE and raw != (attachment.artifact.length, attachment.artifact.sha256):
            yield f"{owner}: stored as it is, but its raw length or digest differs"
    for owner, digest in digests.items():
        if len(digest) != _DIGEST:
            yield _wrong_digest(owner, len(digest))


def _name_faults(manifest: Manifest) -> Iterator[str]:
    attachments = [item.name for item in manifest.attachments]
    inputs = [item.path for item in manifest.inputs]
    for what, names in (("attachments", attachments), ("inputs", inputs)):
        if names != sorted(set(names)):
            yield f"{what} are not sorted and unique by name"
        for name in names:
            if not is_safe_path(name):
                yield f"{what}: {name!r} is not a safe relative path"
    if len({item.part for item in manifest.attachments}) < len(attachments):
        yield "attachments: two are stored under the same name"
