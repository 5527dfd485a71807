"""The checkpoint's tensors against the architecture's, and the EMBD weights made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.architectures import encoder_tensors, head_tensors, optional_tensors
from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.model_type import ModelType
from hatch_encoderfile.weights import embd, safetensors
from hatch_encoderfile.weights.tensor import StoredTensor, to_embd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from encoderfile_runtime.architectures import EncoderConfig
    from hatch_encoderfile.blob import Blob
    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths
    from .inputs import InputFiles
    from .sentence_transformers import SentenceSettings

NO_DATE = "1980-01-01T00:00:00Z"
_FLOATS = ("F32", "F16", "BF16")


def read_tensors(paths: ModelPaths, files: InputFiles) -> dict[str, StoredTensor]:
    """The headers of the weights, of one file or of all shards; each file is recorded as an input.

    Raises:
        FormatError: a file is not valid safetensors.
    """
    checkpoint = safetensors.read(paths.weights)
    for path in checkpoint.paths:
        files.stream(path, paths.name(path))
    return dict(checkpoint.tensors)


def weights(
    spec: ModelSpec,
    encoder: EncoderConfig,
    settings: SentenceSettings,
    stored: Mapping[str, StoredTensor],
    labels: Mapping[int, str] | None,
    vocabulary: Sequence[str],
    definition: Mapping[str, Any],
    faults: list[str],
) -> tuple[Blob | None, list[str]]:
    """The EMBD weights of the tensors that the task uses, in the architecture's order; and what was left out.

    What is wrong goes into `faults`; the weights are None then.
    """
    try:
        expected = encoder_tensors(encoder) | head_tensors(spec.model_type, encoder, len(labels) if labels else None)
    except ModelError as error:
        faults += [f"config.json: {fault}" for fault in error.faults]
        return None, []
    unused = optional_tensors(spec.model_type, encoder)
    faults += _faults(expected, stored, unused)
    if faults:
        return None, []
    chosen = to_embd(stored[name] for name in expected)
    try:
        blob = embd.plan(
            chosen.tensors,
            _metadata(spec, encoder, settings, definition),
            _vocabulary_section(definition, vocabulary, encoder.vocab_size),
        )
    except ModelError as error:
        faults += list(error.faults)
        return None, []
    dropped = sorted(name for name in stored if name not in expected)
    return blob, [f"left out, as {spec.model_type.label} does not use it: {name}" for name in dropped]


def _faults(
    expected: Mapping[str, tuple[int, ...]], stored: Mapping[str, StoredTensor], unused: frozenset[str]
) -> list[str]:
    faults = [f"{name}: missing, expected shape {list(shape)}" for name, shape in expected.items() if name not in stored]
    for name, shape in expected.items():
        tensor = stored.get(name)
        if tensor is None:
            continue
        if tensor.shape != shape:
            faults.append(f"{name}: shape {list(tensor.shape)}, expected {list(shape)}")
        if tensor.dtype not in _FLOATS:
            faults.append(f"{name}: dtype {tensor.dtype}, expected one of {', '.join(_FLOATS)}")
    extra = sorted(name for name in stored if name not in expected and name not in unused)
    return faults + [f"{name}: the architecture has no such tensor" for name in extra]


def _metadata(
    spec: ModelSpec, encoder: EncoderConfig, settings: SentenceSettings, definition: Mapping[str, Any]
) -> dict[str, str]:
    """The metadata keys that EMBD requires, then those that say what a reader cannot guess."""
    normalizer = definition.get("normalizer")
    lowercase = isinstance(normalizer, dict) and normalizer.get("lowercase") is True
    metadata = {
        "model_name": spec.name,
        "model_version": spec.version,
        "embedding_dim": str(encoder.hidden_size),
        "vocab_size": str(encoder.vocab_size),
        "num_layers": str(encoder.num_hidden_layers),
        "num_attention_heads": str(encoder.num_attention_heads),
        "hidden_size": str(encoder.hidden_size),
        "intermediate_size": str(encoder.intermediate_size),
        "max_position_emb": str(encoder.max_position_embeddings),
        "created_at": spec.created or NO_DATE,
        "hidden_act": encoder.hidden_act,
        "layer_norm_eps": str(encoder.layer_norm_eps),
        "do_lower_case": str(lowercase).lower(),
    }
    if spec.model_type is ModelType.SENTENCE_EMBEDDING:
        metadata |= {"pooling_mode": settings.pooling, "normalize": str(settings.normalize).lower()}
    return metadata


def _vocabulary_section(
    definition: Mapping[str, Any], vocabulary: Sequence[str], rows: int
) -> embd.Vocabulary | None:
    """The vocabulary of a WordPiece model that has an entry for each row; EMBD has no room for other kinds."""
    if definition.get("model", {}).get("type") != "WordPiece" or len(vocabulary) != rows:
        return None
    try:
        return embd.Vocabulary.of(vocabulary)
    except ModelError:
        return None
