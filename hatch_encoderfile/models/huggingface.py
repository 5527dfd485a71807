"""The front end for Hugging Face directories: config.json, tokenizer.json and safetensors become EMBD weights.

Everything that could fail when the model runs is checked here, and all that is wrong is reported at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import FaultsError, ModelError
from encoderfile_runtime.manifest import WeightsFormat
from encoderfile_runtime.model_type import ModelType
from encoderfile_runtime.tokenizer import Tokenizer
from hatch_encoderfile.blob import BytesBlob

from . import config as configs
from . import sentence_transformers, tokenizer
from .artifacts import ModelArtifacts
from .tensors import read_tensors, weights

if TYPE_CHECKING:
    from encoderfile_runtime.architectures import EncoderConfig
    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths
    from .inputs import InputFiles
    from .sentence_transformers import SentenceSettings

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


def load(spec: ModelSpec, paths: ModelPaths, files: InputFiles) -> ModelArtifacts:
    """Make the artifacts of a model.

    Raises:
        ModelError: the files do not make a model that this version can run, with every fault.
        FormatError: a weights file is broken.
        IntegrityError: a file differs from its pin.
    """
    faults: list[str] = []
    config = _json_object(files, paths, "config", faults)
    definition = _json_object(files, paths, "tokenizer", faults)
    tokenizer_config = _json_object(files, paths, "tokenizer_config", faults) if paths.tokenizer_config else {}
    stored = read_tensors(paths, files)
    encoder = configs.read_encoder(config, frozenset(stored), faults)
    if faults or encoder is None:
        raise ModelError(str(paths.directory), faults)

    settings = sentence_transformers.read(paths, files, encoder.hidden_size, faults)
    labels = configs.read_labels(config, faults) if spec.model_type in _CLASSIFIERS else None
    max_length = _max_length(spec, settings, definition, tokenizer_config, encoder, faults)
    tokenizer_bytes, definition = tokenizer.artifact(definition, tokenizer_config, spec.tokenizer, max_length, faults)
    vocabulary = _vocabulary(definition, encoder, faults)
    weights_blob, notes = weights(spec, encoder, settings, stored, labels, vocabulary, definition, faults)
    if faults or weights_blob is None:
        raise ModelError(str(paths.directory), faults)
    is_sentence = spec.model_type is ModelType.SENTENCE_EMBEDDING
    ours: dict[str, Any] = {
        "encoder": encoder._asdict(),
        "max_length": max_length,
        "pooling": settings.pooling if is_sentence else None,
        "normalize": settings.normalize if is_sentence else False,
    }
    return ModelArtifacts(
        artifacts={
            "weights": weights_blob,
            "model_config": BytesBlob(configs.artifact(config, labels, ours)),
            "tokenizer": BytesBlob(tokenizer_bytes),
        },
        weights_format=WeightsFormat.EMBD,
        notes=tuple(notes),
    )


def _json_object(files: InputFiles, paths: ModelPaths, role: str, faults: list[str]) -> dict[str, Any]:
    path = getattr(paths, role)
    value = files.read_json(path, paths.name(path))
    if isinstance(value, dict):
        return value
    faults.append(f"{paths.name(path)}: expected a JSON object")
    return {}


def _max_length(
    spec: ModelSpec,
    settings: SentenceSettings,
    definition: dict[str, Any],
    tokenizer_config: dict[str, Any],
    encoder: EncoderConfig,
    faults: list[str],
) -> int:
    """Tokens a text may have: the spec's word, then sentence-transformers', then the tokenizer's, then the positions."""
    positions = encoder.max_position_embeddings
    for where, length in (
        (f"{spec.origin.name}: tokenizer max length", spec.tokenizer.max_length),
        ("sentence_bert_config.json: max_seq_length", settings.max_length),
    ):
        if length is not None:
            if not isinstance(length, int) or isinstance(length, bool) or not 2 < length <= positions:
                faults.append(f"{where}: {length!r}, expected 3 to {positions}, the number of position embeddings")
            return length
    declared = tokenizer.declared_max_length(definition, tokenizer_config)
    return min(declared or positions, positions)


def _vocabulary(definition: dict[str, Any], encoder: EncoderConfig, faults: list[str]) -> list[str]:
    """The tokens by id, after the runtime's own tokenizer has accepted the definition."""
    try:
        parsed = Tokenizer.from_json(definition)
    except FaultsError as error:
        faults += [f"tokenizer.json: {fault}" for fault in error.faults]
        return []
    if parsed.vocabulary_size > encoder.vocab_size:
        faults.append(
            f"tokenizer.json: has ids up to {parsed.vocabulary_size - 1}, "
            f"but config.json's vocab_size gives the embedding table {encoder.vocab_size} rows"
        )
    return parsed.tokens()
