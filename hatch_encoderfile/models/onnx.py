"""The front end of layout "mozilla": what its CLI embeds, for its own base binaries. ONNX graphs are carried unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.manifest import WeightsFormat
from encoderfile_runtime.model_type import ModelType
from hatch_encoderfile.blob import BytesBlob

from . import config as configs
from . import tokenizer
from .artifacts import ModelArtifacts

if TYPE_CHECKING:
    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths
    from .inputs import InputFiles

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)
_NO_LIMIT = "tokenizer_config.json: model_max_length: missing: set it, or the spec's tokenizer max length"


def load(spec: ModelSpec, paths: ModelPaths, files: InputFiles) -> ModelArtifacts:
    """Make the artifacts that Mozilla's CLI would.

    Raises:
        ModelError: config.json or the tokenizer's files are not what its runtime needs.
    """
    faults: list[str] = []
    config = _object(files.read_json(paths.config, paths.name(paths.config)), "config.json", faults)
    definition = _object(files.read_json(paths.tokenizer, paths.name(paths.tokenizer)), "tokenizer.json", faults)
    path = paths.tokenizer_config
    settings = _object(files.read_json(path, paths.name(path)), path.name, faults) if path else {}
    if not isinstance(config.get("model_type"), str):
        faults.append("config.json: model_type: missing")
    labels = configs.read_labels(config, faults) if spec.model_type in _CLASSIFIERS else None
    max_length = spec.tokenizer.max_length or tokenizer.declared_max_length(definition, settings)
    if max_length is None:
        faults.append(_NO_LIMIT)
    tokenizer_bytes, _ = tokenizer.artifact(definition, settings, spec.tokenizer, max_length or 0, faults)
    if faults:
        raise ModelError(str(paths.directory), faults)
    return ModelArtifacts(
        artifacts={
            "weights": files.stream(paths.weights, paths.name(paths.weights)),
            "model_config": BytesBlob(configs.artifact(config, labels, {})),
            "tokenizer": BytesBlob(tokenizer_bytes),
        },
        weights_format=WeightsFormat.UNSPECIFIED,
        notes=("ONNX weights are carried unread: this version neither checks nor runs them",),
    )


def _object(value: Any, name: str, faults: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    faults.append(f"{name}: expected a JSON object")
    return {}
