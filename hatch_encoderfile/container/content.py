"""What goes into an encoderfile, before it has offsets and digests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from encoderfile_runtime.manifest import WeightsFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.model_type import ModelType
    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.blob import Blob
    from hatch_encoderfile.spec import Layout


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedFile:
    """A file to carry as it is."""

    name: str
    media_type: str
    data: Blob


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Everything that decides the bytes of a file, but for the digests of the inputs.

    Attributes:
        artifacts: by kind (`encoderfile_runtime.manifest.ARTIFACT_KINDS`), in any order.
        attachments: in any order.
    """

    name: str
    version: str
    model_type: ModelType
    layout: Layout
    base: BaseBinary
    artifacts: Mapping[str, Blob]
    weights_format: WeightsFormat = WeightsFormat.EMBD
    attachments: tuple[AttachedFile, ...] = field(default=())
    license: str = ""
    source: str = ""
