"""Checks before a model runs: the model_config artifact, and the names and shapes of the tensors that it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .architectures import EncoderConfig, encoder_tensors, head_tensors
from .errors import ModelError
from .format.model_type import ModelType
from .tasks import PROBLEM_TYPES, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .activations import FloatArray


def check_config(model_type: ModelType, config: Mapping[str, Any]) -> EncoderConfig:
    """Check a model_config and return its encoder's settings.

    Raises:
        ModelError: settings are invalid; it lists all of them.
    """
    faults = _faults(model_type, config)
    settings = config.get("encoder")
    if not isinstance(settings, dict):
        faults.append(f"encoder: expected an object, found {settings!r}")
    if faults:
        raise ModelError("model_config", faults)
    encoder = EncoderConfig.from_json(config["encoder"])
    if model_type is ModelType.SENTENCE_EMBEDDING:
        faults = sentences.faults(config, encoder.hidden_size)
        if faults:
            raise ModelError("model_config", faults)
    return encoder


def take_weights(
    model_type: ModelType, config: EncoderConfig, settings: Mapping[str, Any], tensor: Callable[[str], FloatArray]
) -> dict[str, FloatArray]:
    """Read the tensors of a model, by name.

    Args:
        model_type: the task, which decides the tensors of the head.
        config: the encoder's settings.
        settings: the whole model_config.
        tensor: returns the float32 array of a name.

    Raises:
        ModelError: tensors have other shapes than the config requires.
    """
    shapes = encoder_tensors(config) | head_tensors(model_type, config, settings.get("num_labels"))
    if model_type is ModelType.SENTENCE_EMBEDDING:
        for layer in sentences.layers(settings):
            shapes |= layer.tensors()
    weights = {name: tensor(name) for name in shapes}
    faults = [
        f"{name}: expected shape {list(shape)}, found {list(weights[name].shape)}"
        for name, shape in shapes.items()
        if weights[name].shape != shape
    ]
    if faults:
        raise ModelError("weights", faults)
    return weights


def _faults(model_type: ModelType, config: Mapping[str, Any]) -> list[str]:
    """The faults of settings outside the encoder: task, labels, problem type."""
    faults = []
    if model_type is ModelType.IMAGE_CLASSIFICATION:
        faults.append(f"model_type: {model_type.label} is not supported by this runtime")
    num_labels = config.get("num_labels")
    if num_labels is not None and (type(num_labels) is not int or not 1 <= num_labels < 1 << 31):
        faults.append(f"num_labels: expected null or a positive integer, found {num_labels!r}")
    labels = config.get("id2label")
    if labels is not None and not (
        isinstance(labels, dict)
        and all(index.isdecimal() and isinstance(label, str) for index, label in labels.items())
    ):
        faults.append(f"id2label: expected null or class numbers with their names, found {labels!r}")
    problem = config.get("problem_type")
    if problem not in (None, *PROBLEM_TYPES):
        faults.append(f"problem_type: {problem!r} is not known")
    return [*faults, *_rare_faults(config)]


def _rare_faults(config: Mapping[str, Any]) -> list[str]:
    """Of the settings that few models have."""
    faults = [
        f"{key}: expected true or false, found {config[key]!r}"
        for key in ("include_prompt", "token_types")
        if config.get(key) not in (None, True, False)
    ]
    if config.get("score_activation") is not None:
        from .tasks.scores import SCORE_ACTIVATIONS

        if config["score_activation"] not in SCORE_ACTIVATIONS:
            faults.append(f"score_activation: {config['score_activation']!r} is not known")
    if config.get("similarity") is not None:
        from .tasks.similarities import SIMILARITIES

        if config["similarity"] not in [*SIMILARITIES]:
            faults.append(f"similarity: {config['similarity']!r} is not known")
    return faults
