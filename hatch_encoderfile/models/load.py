"""Choose the front end for a declared model and complete what it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hatch_encoderfile.spec import Layout

from . import attachments, files, huggingface, onnx
from .source import ModelSource

if TYPE_CHECKING:
    from hatch_encoderfile.spec import ModelSpec

    from .artifacts import ModelArtifacts
    from .inputs import InputFiles


def load(spec: ModelSpec, inputs: InputFiles) -> ModelArtifacts:
    """The checked artifacts and attachments of a declared model.

    Raises:
        EncoderfileError: the files are missing, broken, differ from their pins, or make no model.
    """
    if spec.layout is Layout.MOZILLA:
        paths = files.find(spec.files, (files.ONNX,))
        artifacts = onnx.load(ModelSource(spec, paths, inputs))
    else:
        paths = files.find(spec.files, (files.SAFETENSORS, files.SAFETENSORS_INDEX))
        artifacts = huggingface.load(ModelSource(spec, paths, inputs))
        artifacts = replace(artifacts, attachments=attachments.attach(spec, paths, inputs))
    inputs.check_other_pins(paths.directory)
    return artifacts
