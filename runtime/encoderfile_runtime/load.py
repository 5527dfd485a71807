"""From an open encoderfile to a model that runs: the weights stay where they are, in the mapped file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .embd_tensors import read_tensors
from .errors import UsageError
from .manifest import WeightsFormat
from .model import Model
from .tokenizer import Tokenizer

if TYPE_CHECKING:
    from .container import Container


def load(container: Container) -> Model:
    """The model in an open file.

    Raises:
        UsageError: the weights are in a format that this runtime does not run.
        FormatError: an artifact is broken.
        ModelError: the artifacts do not make a model.
    """
    manifest = container.manifest
    if manifest.weights_format is not WeightsFormat.EMBD:
        found = manifest.weights_format.name.lower() if container.ours else "onnx"
        raise UsageError(f"{container.path}: its weights are {found}; this runtime runs embd")
    weights = read_tensors(container.view("weights"), container.path)
    tokenizer = Tokenizer.from_json(container.json("tokenizer")["tokenizer"], container.path)
    return Model(manifest.name, manifest.model_type, container.json("model_config"), tokenizer, weights.float32)
