"""What goes into an encoderfile, before it has offsets and digests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from encoderfile_runtime.manifest import WeightsFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.model_type import ModelType
    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.blob import Blob
    from hatch_encoderfile.digests import Digests
    from hatch_encoderfile.spec import Layout

SBOM_NAME = "sbom.cdx.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedFile:
    """A file to carry as it is.

    Attributes:
        input: the name by which the inputs know it; empty where it is made by the build.
    """

    name: str
    media_type: str
    data: Blob
    input: str = ""


class Description(Protocol):
    """An attachment that tells the digests of the other parts: its length is known before they are."""

    @property
    def name(self) -> str:
        """The attachment's name."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    @property
    def length(self) -> int:
        """Number of bytes that `render` gives."""
        ...

    def render(self, digests: Mapping[str, Digests]) -> bytes:
        """The bytes, once each other part is written: digests by the part's name, "base" among them."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Everything that decides the bytes of a file, but for the digests of the inputs.

    Attributes:
        artifacts: by kind (`encoderfile_runtime.manifest.ARTIFACT_KINDS`), in any order.
        attachments: in any order.
        description: one more attachment, written last of all parts.
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
