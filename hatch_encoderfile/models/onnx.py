"""The front end of layout "mozilla": what its CLI embeds, for its own base binaries. ONNX graphs are carried unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.manifest import WeightsFormat
from hatch_encoderfile.blob import BytesBlob

from . import config, tokenizer
from .artifacts import ModelArtifacts

if TYPE_CHECKING:
    from .source import ModelSource


def load(source: ModelSource) -> ModelArtifacts:
    """Make the artifacts that Mozilla's CLI would.

    Raises:
        ModelError: config.json or the tokenizer's files are not what its runtime needs.
    """
    if not isinstance(source.config.get("model_type"), str):
        source.fault("config.json: model_type: missing")
    labels = config.read_labels(source)
    max_length = source.spec.tokenizer.max_length or tokenizer.declared_max_length(source)
    if max_length is None and not source.faults:
        source.fault("tokenizer_config.json: model_max_length: missing: set it, or the spec's tokenizer max length")
    tokenizer_bytes, _ = tokenizer.artifact(source, max_length or 0)
    source.check()
    weights = source.paths.weights
    return ModelArtifacts(
        artifacts={
            "weights": source.files.stream(weights, source.paths.name(weights)),
            "model_config": BytesBlob(config.artifact(source, labels, {})),
            "tokenizer": BytesBlob(tokenizer_bytes),
        },
        weights_format=WeightsFormat.UNSPECIFIED,
        notes=("ONNX weights are carried unread: this version neither checks nor runs them",),
    )
