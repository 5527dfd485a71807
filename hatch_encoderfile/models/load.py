"""Loading a declared model: choose its front end, and add attachments to the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hatch_encoderfile.spec import Layout

from . import files

if TYPE_CHECKING:
    from hatch_encoderfile.spec import ModelSpec

    from .artifacts import ModelArtifacts
    from .inputs import InputFiles


def load(spec: ModelSpec, inputs: InputFiles) -> ModelArtifacts:
    """Make the artifacts and attachments of a declared model.

    Raises:
        EncoderfileError: files are missing, invalid, differ from their pins, or do not fit together.
    """
    is_zip = spec.layout is Layout.ZIP
    paths = files.find(spec.files, (files.SAFETENSORS, files.SAFETENSORS_INDEX) if is_zip else (files.ONNX,))
    # Hashing the weights begins before the imports below, which take as long as hashing a small model.
    inputs.stream(paths.weights, paths.name(paths.weights))
    from .source import ModelSource

    source = ModelSource(spec, paths, inputs)
    if is_zip:
        from . import attachments, huggingface

        artifacts = huggingface.load(source)
        artifacts = replace(artifacts, attachments=attachments.attach(spec, paths, inputs))
    else:
        from . import mozilla as onnx

        artifacts = onnx.load(source)
    inputs.check_other_pins(paths.directory)
    unread = files.unread(paths, inputs.paths) if spec.files.directory else []
    if unread:
        names = ", ".join(name if name.isprintable() else ascii(name) for name in unread)
        artifacts = replace(artifacts, notes=(*artifacts.notes, f"not read: {names}"))
    return artifacts
