"""The result of a front end."""

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
    """The artifacts and attachments of a model.

    Attributes:
        artifacts: by kind.
        weights_format: the format of the weights artifact.
        attachments: files to attach.
        notes: lines about decisions and omissions, for the user of the build.
    """

    artifacts: Mapping[str, Blob]
    weights_format: WeightsFormat
    attachments: tuple[AttachedFile, ...] = ()
    notes: tuple[str, ...] = field(default=())
