"""What a front end makes of a model directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.format.manifest import WeightsFormat
    from hatch_encoderfile.container.content import AttachedFile
    from hatch_encoderfile.files.blob import Blob


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelArtifacts:
    """The artifacts by kind, what is attached to them, and what people should know.

    Attributes:
        notes: what was decided or left out, a line each.
    """

    artifacts: Mapping[str, Blob]
    weights_format: WeightsFormat
    attachments: tuple[AttachedFile, ...] = ()
    notes: tuple[str, ...] = field(default=())
