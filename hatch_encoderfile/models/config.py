"""config.json as the rest of the build needs it, and the model_config artifact."""

from __future__ import annotations

import json
from typing import Any

from encoderfile_runtime.architectures import ARCHITECTURES, EncoderConfig
from encoderfile_runtime.errors import ModelError

_MOZILLA_KEYS = ("height", "width", "image_size", "num_channels")


def read_encoder(config: dict[str, Any], tensor_names: frozenset[str], faults: list[str]) -> EncoderConfig | None:
    """The encoder's settings; None, and faults that say why, where there is no such encoder."""
    architecture = config.get("model_type")
    if architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        faults.append(f"config.json: model_type: {architecture!r} is not supported yet, expected one of {known}")
        return None
    known_settings = ARCHITECTURES[architecture].settings
    faults += [
        f"config.json: {key}: {config[key]!r} is not supported, expected {expected!r}"
        for key, expected in known_settings.items()
        if config.get(key, expected) not in (expected, None)
    ]
    settings = {key: config[key] for key in EncoderConfig._fields if key in config}
    settings |= {"architecture": architecture, "prefix": _prefix(architecture, tensor_names)}
    try:
        return EncoderConfig.from_json(settings)
    except ModelError as error:
        faults += [f"config.json: {fault}" for fault in error.faults]
        return None


def _prefix(architecture: str, tensor_names: frozenset[str]) -> str:
    """The prefix under which the checkpoint holds the word embeddings; the first known one where it does not."""
    known = ARCHITECTURES[architecture]
    for prefix in known.prefixes:
        if f"{prefix}{known.word_embeddings}.weight" in tensor_names:
            return prefix
    return known.prefixes[0]


def read_labels(config: dict[str, Any], faults: list[str]) -> dict[int, str] | None:
    """id2label with its keys as numbers, in their order; None where config.json has none."""
    declared = config.get("id2label")
    if declared is None:
        count = config.get("num_labels")
        return {i: f"LABEL_{i}" for i in range(count)} if isinstance(count, int) else None
    try:
        labels = {int(key): label for key, label in declared.items()}
    except (AttributeError, TypeError, ValueError):
        faults.append("config.json: id2label: expected an object whose keys are numbers")
        return None
    if sorted(labels) != list(range(len(labels))) or not all(isinstance(label, str) for label in labels.values()):
        faults.append(f"config.json: id2label: expected a text for each number from 0 to {len(labels) - 1}")
        return None
    return dict(sorted(labels.items()))


def artifact(config: dict[str, Any], labels: dict[int, str] | None, ours: dict[str, Any]) -> bytes:
    """The model_config artifact: Mozilla's eight keys in its order, then ours, which its readers skip."""
    declared = config.get("label2id")
    label2id = dict(sorted(declared.items(), key=lambda item: (item[1], item[0]))) if declared else None
    content = {
        "model_type": config.get("model_type"),
        "num_labels": config.get("num_labels", len(labels) if labels else None),
        "id2label": {str(key): label for key, label in labels.items()} if labels else None,
        "label2id": label2id,
        **{key: config.get(key) for key in _MOZILLA_KEYS},
        **ours,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
