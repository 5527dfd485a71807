"""The content of an encoderfile to be written, before offsets and digests are known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from encoderfile_runtime.format.agreement import BILL
from encoderfile_runtime.format.manifest import Attachment, Codec, WeightsFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.format.manifest import Artifact
    from encoderfile_runtime.format.model_type import ModelType
    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.files.blob import Blob
    from hatch_encoderfile.files.digests import Digests
    from hatch_encoderfile.spec import Layout

SBOM_NAME = BILL


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedFile:
    """An attachment to be written.

    Attributes:
        name: its name in the manifest.
        media_type: its media type.
        data: its bytes.
        input: the path of the input that it copies; empty if the build made it.
        stored: its bytes as one zstd frame; None to store it uncompressed.
    """

    name: str
    media_type: str
    data: Blob
    input: str = ""
    stored: Blob | None = None

    @property
    def codec(self) -> Codec:
        """The compression with which it is stored."""
        return Codec.ZSTD if self.stored else Codec.NONE

    @property
    def part(self) -> str:
        """The name of its part in the file."""
        return Attachment(self.name, codec=self.codec).part

    def recorded(self, artifact: Artifact) -> Attachment:
        """Its record in the manifest, given the range of its part."""
        length, sha256 = artifact.length, artifact.sha256
        if self.stored:
            length, sha256 = self.data.length, hashlib.sha256(b"".join(self.data.chunks())).digest()
        return Attachment(self.name, self.media_type, artifact, self.codec, length, sha256)


class Description(Protocol):
    """An attachment that contains the digests of all other parts: the SBOM."""

    @property
    def name(self) -> str:
        """The attachment's name."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    def render(self, digests: Mapping[str, Digests]) -> bytes:
        """Make the bytes from the digests of the other parts, by name, and of "base"."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Everything that decides the bytes of a file, except the list of inputs.

    Attributes:
        artifacts: by kind (`encoderfile_runtime.format.manifest.ARTIFACT_KINDS`), in any order.
        attachments: in any order.
        description: one more attachment, which is made last.
        license: an SPDX expression.
        source: a package URL or a URI.
    """

    name: str
    version: str
    model_type: ModelType
    layout: Layout
    base: BaseBinary
    artifacts: Mapping[str, Blob]
    weights_format: WeightsFormat = WeightsFormat.EMBD
    attachments: tuple[AttachedFile, ...] = field(default=())
    description: Description | None = None
    license: str = ""
    source: str = ""
