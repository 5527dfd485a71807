"""What goes into an encoderfile, before it has offsets and digests."""

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
    """A file to carry.

    Attributes:
        data: its bytes.
        input: the name by which the inputs know it; empty where it is made by the build.
        stored: its bytes as one zstd frame; None where they are stored as they are.
    """

    name: str
    media_type: str
    data: Blob
    input: str = ""
    stored: Blob | None = None

    @property
    def codec(self) -> Codec:
        """How it is stored."""
        return Codec.ZSTD if self.stored else Codec.NONE

    @property
    def part(self) -> str:
        """The name of the part that holds it."""
        return Attachment(self.name, codec=self.codec).part

    def recorded(self, artifact: Artifact) -> Attachment:
        """What the manifest says of it, once it has a place."""
        length, sha256 = artifact.length, artifact.sha256
        if self.stored:
            length, sha256 = self.data.length, hashlib.sha256(b"".join(self.data.chunks())).digest()
        return Attachment(self.name, self.media_type, artifact, self.codec, length, sha256)


class Description(Protocol):
    """An attachment that tells the digests of the other parts."""

    @property
    def name(self) -> str:
        """The attachment's name."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    def render(self, digests: Mapping[str, Digests]) -> bytes:
        """The bytes, once each other part is measured: digests by the part's name, "base" among them."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Everything that decides the bytes of a file, but for the digests of the inputs.

    Attributes:
        artifacts: by kind (`encoderfile_runtime.format.manifest.ARTIFACT_KINDS`), in any order.
        attachments: in any order.
        description: one more attachment.
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
