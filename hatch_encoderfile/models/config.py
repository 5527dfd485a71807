"""Reading config.json, and making the model_config artifact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.architectures import architecture
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks import PROBLEM_TYPES
from hatch_encoderfile.files.limits import MOST_LABELS

from . import sentence_files
from .families import FAMILIES, read_config

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from encoderfile_runtime.architectures import EncoderConfig

    from .source import ModelSource

_DEFAULT_LABELS = 2  # as in transformers
_MOZILLA_KEYS = ("height", "width", "image_size", "num_channels")


def read_encoder(source: ModelSource, tensor_names: Collection[str]) -> tuple[EncoderConfig, list[str]] | None:
    """Read the encoder's settings, with notes; None if it is not supported, with the reasons noted as faults."""
    config = source.config
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        source.fault(f"config.json: model_type: {model_type!r} is not supported, expected one of {known}")
        return None
    reading = read_config(config, source.spec.model_type)
    with source.collect("config.json"):
        return reading.encoder(_prefix(model_type, tensor_names)), reading.notes
    return None


def _prefix(model_type: str, tensor_names: Collection[str]) -> str:
    """The prefix of the checkpoint's tensor names, found by its word embeddings; the first known one if there are none."""
    # The same architecture is saved as `bert.embeddings…` with a head and as `embeddings…` without one.
    known = architecture(model_type)
    for prefix in known.prefixes:
        if f"{prefix}{known.word_embeddings}.weight" in tensor_names:
            return prefix
    return known.prefixes[0]


def read_labels(source: ModelSource) -> dict[int, str] | None:
    """Read the names of the classes, by index; None for tasks without classes, and if there is a fault."""
    declared: Any = source.config.get("id2label")
    count = source.config.get("num_labels")
    if count is not None and (type(count) is not int or not 1 <= count <= MOST_LABELS):
        source.fault(f"config.json: num_labels: {count!r}, expected 1 to {MOST_LABELS}")
        return None
    if not source.is_classifier:
        return None
    if declared is None:
        labels = {index: f"LABEL_{index}" for index in range(_DEFAULT_LABELS if count is None else count)}
    else:
        labels = _named(source, declared)
        if not labels:
            return None
    if count not in (None, len(labels)):
        source.fault(f"config.json: num_labels: {count}, but id2label has {len(labels)} labels")
        return None
    if source.config.get("label2id") and _inverse(source, labels) is None:
        source.note("config.json: label2id: is not the inverse of id2label, which is what names the classes; not used")
    return labels


def _named(source: ModelSource, declared: Any) -> dict[int, str]:
    """`id2label` with numbers as keys; empty, and a fault, where it does not name each class."""
    if not isinstance(declared, dict) or not declared:
        source.fault("config.json: id2label: expected an object whose keys are numbers")
    elif len(declared) > MOST_LABELS:
        source.fault(f"config.json: id2label: {len(declared)} labels, expected at most {MOST_LABELS}")
    elif set(declared) != set(map(str, range(len(declared)))) or not _are_names(declared.values()):
        source.fault(f'config.json: id2label: expected a text for each of "0" to "{len(declared) - 1}"')
    else:
        # A number as a name is how transformers shows it too.
        return {index: str(declared[str(index)]) for index in range(len(declared))}
    return {}


def _inverse(source: ModelSource, labels: dict[int, str]) -> dict[str, int] | None:
    """`label2id` with its ids as numbers, which may be texts of them; None where it is not the inverse of `id2label`."""
    declared: Any = source.config.get("label2id")
    numbers = {str(index): index for index in labels}
    if not isinstance(declared, dict) or set(declared) != set(labels.values()):
        return None
    found = {label: numbers.get(str(index), -1) for label, index in declared.items() if type(index) in (int, str)}
    return found if all(labels.get(found.get(label, -1)) == label for label in declared) else None


def _are_names(values: Iterable[object]) -> bool:
    return all(type(value) in (str, int, float) for value in values)


def scoring(source: ModelSource, activation: str | None) -> dict[str, Any]:
    """Read how a classifier's logits become scores, if the files say more than the number of labels.

    Args:
        source: config.json.
        activation: what config_sentence_transformers.json says, which comes first.
    """
    if source.spec.model_type is not ModelType.SEQUENCE_CLASSIFICATION:
        return {}
    found: dict[str, Any] = {}
    problem = source.config.get("problem_type")
    if problem is not None:
        if problem in PROBLEM_TYPES:
            found["problem_type"] = problem
        else:
            source.fault(f"config.json: problem_type: {problem!r}, expected one of {', '.join(PROBLEM_TYPES)}")
    declared = source.config.get("sentence_transformers")
    own = declared.get("activation_fn") if isinstance(declared, dict) else None
    old = source.config.get("sbert_ce_default_activation_function")
    where = "sbert_ce_default_activation_function" if own is None else "sentence_transformers.activation_fn"
    if own is not None or old is not None:
        name = sentence_files.activation(source, f"config.json: {where}", old if own is None else own)
        if activation not in (None, name):
            source.note(f"config.json: {where}: {name}, not used: {sentence_files.MODEL_FILE} says {activation}")
        activation = activation or name
    if activation is not None:
        found["score_activation"] = activation
    return found


def artifact(source: ModelSource, labels: dict[int, str] | None, ours: dict[str, Any]) -> bytes:
    """Encode the model_config artifact: Mozilla's eight keys in its order, then ours, which its readers ignore."""
    inverse = _inverse(source, labels) if labels else None
    declared = source.config.get("label2id") if labels is None else inverse
    content = {
        "model_type": source.config.get("model_type"),
        "num_labels": source.config.get("num_labels", len(labels) if labels else None),
        "id2label": {str(key): label for key, label in labels.items()} if labels else None,
        "label2id": dict(sorted(declared.items())) if isinstance(declared, dict) else None,
        **{key: source.config.get(key) for key in _MOZILLA_KEYS},
        **ours,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
