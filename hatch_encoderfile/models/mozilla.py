"""The front end of the layout "mozilla": the artifacts of Mozilla's CLI (0.7.0) for its bases. ONNX graphs are not read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.manifest import WeightsFormat
from hatch_encoderfile.files.blob import BytesBlob

from . import tokenizer
from .artifacts import ModelArtifacts

if TYPE_CHECKING:
    from .source import ModelSource

_NUMBERS = ("height", "width", "image_size", "num_channels")
_U32 = 1 << 32
_LONGEST = len(str(_U32))
_NO_GRAPHS = (".safetensors", ".embd", ".pte", ".gguf")
_EXTERNAL_DATA = ("_data", ".data")
_UNREAD = "ONNX weights are carried unread: this version neither checks nor runs them"
_NO_CONFIG = (
    "no tokenizer_config.json: padding and truncation are those of tokenizer.json, or of the tokenizers library"
)


def load(source: ModelSource) -> ModelArtifacts:
    """Make the artifacts as Mozilla's CLI does.

    Raises:
        ModelError: config.json or the tokenizer's files are not valid for its runtime.
    """
    model_config = _model_config(source)
    tokenizer_bytes = _tokenizer(source)
    weights = source.paths.weights
    if weights.suffix in _NO_GRAPHS:
        source.fault(
            f"{weights.name}: is no ONNX graph, and Mozilla's bases run nothing else: export the model to ONNX"
        )
    source.check()
    notes = [_UNREAD] if source.paths.tokenizer_config else [_UNREAD, _NO_CONFIG]
    outside = (weights.with_name(weights.name + ending) for ending in _EXTERNAL_DATA)
    notes += [
        f"{path.name} is not carried: a graph that has its weights there cannot be run"
        for path in outside
        if path.exists()
    ]
    return ModelArtifacts(
        artifacts={
            "weights": source.files.stream(weights, source.paths.name(weights)),
            "model_config": BytesBlob(model_config),
            "tokenizer": BytesBlob(tokenizer_bytes),
        },
        weights_format=WeightsFormat.UNSPECIFIED,
        notes=tuple(notes),
    )


def _tokenizer(source: ModelSource) -> bytes:
    if source.paths.tokenizer_config is None:
        if source.spec.files.directory is not None:
            source.fault("tokenizer_config.json: not there: add it, or name each file in `path`")
        return tokenizer.own_artifact(source)
    max_length = source.spec.tokenizer.max_length or tokenizer.declared_max_length(source)
    if max_length is None and not source.faults:
        source.fault(
            "tokenizer_config.json: model_max_length: missing, or no limit: set it, or the spec's tokenizer max length"
        )
    return tokenizer.artifact(source, max_length or 0)[0]


def _model_config(source: ModelSource) -> bytes:
    """The eight keys that Mozilla's runtime reads, from config.json; null for missing ones.

    Mozilla's CLI writes labels in no fixed order; here they are sorted by number.
    """
    config = source.config
    if not isinstance(config.get("model_type"), str):
        source.fault("config.json: model_type: missing")
    labels, numbers = _labels(source, "id2label", str, int), _labels(source, "label2id", int, str)
    content = {
        "model_type": config.get("model_type"),
        "num_labels": _number(source, "num_labels", 1 << 64),
        "id2label": labels,
        "label2id": numbers and dict(sorted(numbers.items(), key=lambda item: (item[1], item[0]))),
        **{key: _number(source, key, _U32) for key in _NUMBERS},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _labels(source: ModelSource, key: str, value_type: type, key_type: type) -> dict[str, Any] | None:
    """Read id2label or label2id, whose numbers must fit 32 bits, sorted."""
    value = source.config.get(key)
    if value is None:
        return None
    expected = "numbers as keys and texts as values" if key_type is int else "texts as keys and numbers as values"
    if not isinstance(value, dict):
        source.fault(f"config.json: {key}: expected an object with {expected}")
        return None
    numbers = value if key_type is int else value.values()
    if not all(map(_is_number, numbers)) or not all(type(item) is value_type for item in value.values()):
        source.fault(f"config.json: {key}: expected {expected}")
        return None
    return {str(int(name)): value[name] for name in sorted(value, key=int)} if key_type is int else value


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and value.isdecimal() and str(int(value)) == value and int(value) < _U32
    return type(value) is int and 0 <= value < _U32


def _number(source: ModelSource, key: str, limit: int) -> int | None:
    value = source.config.get(key)
    if value is None or (type(value) is int and 0 <= value < limit):
        return value
    source.fault(f"config.json: {key}: {value!r}, expected a number from 0 to {limit - 1}")
    return None
