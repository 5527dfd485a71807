"""The front end for Hugging Face directories: config.json, tokenizer.json and safetensors become EMBD weights.

Everything that could fail when the model runs is checked here, and all faults are reported together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.manifest import WeightsFormat
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tokenizer import Tokenizer
from hatch_encoderfile.files.blob import BytesBlob

from . import config, sentence_transformers, tokenizer, tokenizer_settings
from .artifacts import ModelArtifacts
from .tensors import Checkpoint

if TYPE_CHECKING:
    from encoderfile_runtime.architectures import EncoderConfig

    from .sentence_transformers import SentenceSettings
    from .source import ModelSource


def load(source: ModelSource) -> ModelArtifacts:
    """Make the artifacts of a model.

    Raises:
        ModelError: this version cannot run the model; it lists all faults.
        FormatError: a weights file is malformed.
        IntegrityError: a file differs from its pin.
    """
    checkpoint = Checkpoint.read(source)
    found = config.read_encoder(source, checkpoint.tensors)
    if found is None:
        source.stop()
    encoder, notes = found
    settings = sentence_transformers.read(source, encoder.hidden_size)
    labels = config.read_labels(source)
    max_length = _max_length(source, settings, encoder)
    tokenizer_bytes, definition = tokenizer.artifact(source, max_length)
    typed = tokenizer_settings.token_types(source, encoder.type_vocab_size)
    tokenizer_settings.check(source)
    vocabulary = _vocabulary(source, definition, encoder)
    weights, left_out = checkpoint.to_embd(encoder, settings, labels, vocabulary)
    scoring = config.scoring(source, settings.activation)
    source.check_settled()
    source.check()
    is_sentence = source.spec.model_type is ModelType.SENTENCE_EMBEDDING
    ours: dict[str, Any] = {
        "encoder": encoder.to_json(),
        "max_length": max_length,
        "pooling": settings.pooling if is_sentence else None,
        "normalize": settings.normalize if is_sentence else False,
        **(settings.extras() if is_sentence else scoring),
        **({} if typed else {"token_types": False}),
    }
    return ModelArtifacts(
        artifacts={
            "weights": weights,
            "model_config": BytesBlob(config.artifact(source, labels, ours)),
            "tokenizer": BytesBlob(tokenizer_bytes),
        },
        weights_format=WeightsFormat.EMBD,
        notes=(*notes, *source.notes, *left_out),
    )


def _max_length(source: ModelSource, settings: SentenceSettings, encoder: EncoderConfig) -> int:
    """The largest number of tokens of a text: by the spec, else sentence-transformers, the tokenizer, the positions."""
    # An explicit length beyond the position embeddings is a mistake; the tokenizer's may be a placeholder and is only
    # capped.
    positions = encoder.max_tokens
    declared = source.spec.tokenizer.max_length
    if declared is not None:
        if 2 < declared <= positions:
            return declared
        source.fault(
            f"{source.spec.origin.name}: tokenizer max length: {declared}, expected 3 to {positions}, "
            "the number of position embeddings"
        )
    elif settings.max_length is not None:
        where, length = f"{settings.file}: max_seq_length", settings.max_length
        if type(length) is int and length > 2:
            if length > positions:
                source.note(
                    f"{where}: {length} is more than the {positions} positions of the model: texts are cut to {positions}"
                )
            return min(length, positions)
        source.fault(f"{where}: {length!r}, expected 3 to {positions}, the number of position embeddings")
    return tokenizer.declared_max_length(source, positions) or positions


def _vocabulary(source: ModelSource, definition: dict[str, Any], encoder: EncoderConfig) -> list[str]:
    """The tokens by id, as the runtime's own tokenizer reads them; the build fails if it refuses the definition."""
    with source.collect("tokenizer.json"):
        parsed = Tokenizer.from_json(definition)
        if parsed.vocabulary_size > encoder.vocab_size:
            source.fault(
                f"tokenizer.json: has ids up to {parsed.vocabulary_size - 1}, "
                f"but config.json's vocab_size gives the embedding table {encoder.vocab_size} rows"
            )
        return parsed.tokens()
    return []
