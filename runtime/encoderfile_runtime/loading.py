"""Loading a model from an encoderfile; its weights are used in place, in the mapped file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .embd.tensors import read_tensors
from .errors import UsageError
from .format.manifest import WeightsFormat
from .model import Model, WordMarks
from .tokenizer import Tokenizer

if TYPE_CHECKING:
    import os

    from .format.container import Container


def load(container: Container, *, few: bool = False) -> Model:
    """Load the model of an open file.

    Args:
        container: the open file.
        few: the model is for a few short texts; then most of the vocabulary is not parsed.

    Raises:
        UsageError: the weights are in a format that this runtime does not run.
        FormatError: an artifact is malformed.
        ModelError: the artifacts do not fit together.
    """
    manifest = container.manifest
    if manifest.weights_format is not WeightsFormat.EMBD:
        found = manifest.weights_format.name.lower() if container.ours else "onnx"
        raise UsageError(f"{container.path}: its weights are {found}; this runtime runs embd")
    weights = read_tensors(container.view("weights"), container.path)
    definition = (few and _definition_for_few(container)) or container.tokenizer_definition()
    tokenizer = Tokenizer.from_json(definition, container.path)
    model = definition["model"]
    return Model(
        manifest.name,
        manifest.model_type,
        container.json("model_config"),
        tokenizer,
        weights.float32,
        words=WordMarks(model.get("continuing_subword_prefix"), unknown_id(model)),
        path=container.path,
        reopen=load_path,
    )


def unknown_id(model: Mapping[str, Any]) -> int | None:
    """The id of the unknown token; a Unigram model names the id itself, the others the token."""
    vocabulary, number = model.get("vocab"), model.get("unk_id")
    if isinstance(vocabulary, Mapping):
        number = vocabulary.get(model.get("unk_token"))
    return number if type(number) is int else None


def _definition_for_few(container: Container) -> dict[str, Any] | None:
    """The tokenizer.json with its vocabulary unparsed; None if the artifact does not allow it."""
    from .tokenizer.unread import read_definition

    # Only our own writer is known to use the layout that the search relies on.
    return read_definition(container.read("tokenizer"), container.path) if container.ours else None


def load_path(path: str | os.PathLike[str]) -> Model:
    """Load the model of the encoderfile at a path. Its weights are mapped: processes that load one file share their memory.

    Raises:
        EncoderfileError: as `load`, or the file is not an encoderfile or cannot be read.
    """
    from .format.container import Container

    return load(Container(str(path)))
