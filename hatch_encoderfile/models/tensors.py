"""Checking a checkpoint's tensors against the architecture, and making EMBD weights of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.architectures import architecture, encoder_tensors, head_names, head_tensors
from encoderfile_runtime.errors import IntegrityError, ModelError
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files.blob import Blob, BytesBlob
from hatch_encoderfile.weights import embd, safetensors
from hatch_encoderfile.weights.tensor import StoredTensor, to_embd

from .families import FAMILIES
from .tokenizer_facts import lowercases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from encoderfile_runtime.architectures import EncoderConfig
    from encoderfile_runtime.tasks import Dense, Norm

    from .sentence_transformers import SentenceSettings
    from .source import ModelSource

NO_DATE = "1980-01-01T00:00:00Z"
_FLOATS = ("F32", "F16", "BF16")


class Checkpoint(NamedTuple):
    """The tensors of a model's safetensors file, or of all its shards, by name."""

    source: ModelSource
    tensors: dict[str, StoredTensor]

    @classmethod
    def read(cls, source: ModelSource) -> Checkpoint:
        """Read the headers; each file is recorded as an input of the build.

        Raises:
            FormatError: a file is not valid safetensors.
            IntegrityError: the index changed while it was read.
            ModelError: shards and index disagree.
        """
        weights = source.paths.weights
        paths = (
            safetensors.read(weights, source.open).paths
            if weights.name.endswith(safetensors.INDEX_SUFFIX)
            else (weights,)
        )
        for path in paths:
            source.files.stream(path, source.paths.name(path))
        # Read again now that hashing has begun: a change after this point is found when the digests are compared.
        file = safetensors.read(weights, source.open)
        if file.paths != paths:
            raise IntegrityError(f"{weights}: changed while it was read: build again")
        checkpoint = cls(source, {})
        with source.collect(weights.name):
            checkpoint.add({name: _modern_name(name) for name in file.tensors}, file.tensors)
        return checkpoint

    def add(self, names: Mapping[str, str], tensors: Mapping[str, StoredTensor]) -> None:
        """Add tensors under new names.

        Raises:
            ModelError: two would have the same name.
        """
        faults = []
        for old, new in names.items():
            if new in self.tensors:
                faults.append(f"{old}: there is another {new} already: remove one")
            self.tensors[new] = tensors[old]
        if faults:
            raise ModelError("tensors", faults)

    def to_embd(
        self,
        encoder: EncoderConfig,
        settings: SentenceSettings,
        labels: Mapping[int, str] | None,
        vocabulary: Sequence[str],
    ) -> tuple[Blob, list[str]]:
        """Make EMBD weights of the tensors that the task uses, in the architecture's order, and notes about the others.

        Faults are noted in the source; the weights are then empty.
        """
        model_type = self.source.spec.model_type
        with self.source.collect(self.source.paths.weights.name):
            expected = encoder_tensors(encoder)
            if labels or not self.source.is_classifier:
                expected |= head_tensors(model_type, encoder, len(labels) if labels else None)
            for layer in settings.layers if model_type is ModelType.SENTENCE_EMBEDDING else ():
                self._read_layer(layer)
                expected |= layer.tensors()
            faults = list(self._faults(expected, encoder))
            if faults:
                raise ModelError("tensors", faults)
            chosen = to_embd(self.tensors[name]._replace(name=name) for name in expected)
            blob = embd.plan(
                chosen.tensors,
                self._metadata(encoder, settings),
                self._vocabulary_section(vocabulary, encoder.vocab_size),
            )
            # Named in the build's notes: weights that are silently missing would look like a faithful copy.
            dropped = sorted(set(self.tensors) - set(expected))
            return blob, [f"left out, as {model_type.label} does not use it: {name}" for name in dropped]
        return BytesBlob(b""), []

    def _faults(self, expected: Mapping[str, tuple[int, ...]], encoder: EncoderConfig) -> Iterator[str]:
        for name, shape in expected.items():
            tensor = self.tensors.get(name)
            if tensor is None:
                yield f"{name}: missing, expected shape {list(shape)}"
            elif tensor.shape != shape:
                yield f"{name}: shape {list(tensor.shape)}, expected {list(shape)}"
            elif tensor.dtype not in _FLOATS:
                yield f"{name}: dtype {tensor.dtype}, expected one of {', '.join(_FLOATS)}"
        # If the labels have a fault, the shapes of the head are unknown; its tensors are not to be called unexpected as
        # well.
        head = head_tensors(self.source.spec.model_type, encoder, 1)
        optional = _Optional.of(self.source.spec.model_type, encoder)
        for name in sorted(set(self.tensors) - set(expected) - set(head)):
            if not optional.holds(name):
                yield f"{name}: the architecture has no such tensor"

    def _read_layer(self, layer: Dense | Norm) -> None:
        """Add the tensors of a sentence-transformers module, with its folder as prefix of their names."""
        name = f"{layer.module}/model.safetensors"
        path = self.source.paths.directory / name
        self.source.files.stream(path, name)
        file = safetensors.read(path, self.source.open)
        self.add({key: f"{layer.module}.{key}" for key in file.tensors}, file.tensors)

    def _metadata(self, encoder: EncoderConfig, settings: SentenceSettings) -> dict[str, str]:
        """The metadata: the keys that EMBD requires, then settings that a reader cannot derive."""
        spec = self.source.spec
        lowercase = lowercases(self.source.tokenizer.get("normalizer"))
        metadata = {
            "model_name": spec.name,
            "model_version": spec.version,
            "embedding_dim": str(settings.layers[-1].out_features if settings.layers else encoder.hidden_size),
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

    def _vocabulary_section(self, vocabulary: Sequence[str], rows: int) -> embd.Vocabulary | None:
        """The vocabulary, if it is WordPiece and has a token for each embedding row; EMBD cannot represent others."""
        model = self.source.tokenizer.get("model")
        kind = model.get("type", "WordPiece") if isinstance(model, dict) else None
        if kind != "WordPiece" or len(vocabulary) != rows:
            return None
        try:
            return embd.Vocabulary.of(vocabulary)
        except ModelError:
            return None


def is_optional(name: str, model_type: ModelType, config: EncoderConfig) -> bool:
    """Whether a checkpoint may hold the tensor though the task does not use it: it is not carried then."""
    return _Optional.of(model_type, config).holds(name)


class _Optional(NamedTuple):
    """The tensors that a task does not use, by their modules; `own` are those of its head, among the heads of all tasks."""

    own: set[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, model_type: ModelType, config: EncoderConfig) -> _Optional:
        modules = set(FAMILIES[config.architecture].unused)
        for head in architecture(config.architecture).heads.values():
            modules |= {module for module in (head.output, head.dense, head.norm) if module}
        modules = {module.format(prefix=config.prefix) for module in modules}
        used = head_names(model_type, config)
        own = {module for module in (used.output, used.dense, used.norm) if module} if used else set()
        return cls(own, tuple(f"{module}." for module in sorted(modules)))

    def holds(self, name: str) -> bool:
        return name.rpartition(".")[0] not in self.own and f"{name}.".startswith(self.prefixes)


def _modern_name(name: str) -> str:
    """The present name of a tensor: in checkpoints from TensorFlow, a norm has gamma and beta, which transformers renames."""
    module, _, parameter = name.rpartition(".")
    renamed = {"gamma": "weight", "beta": "bias"}.get(parameter)
    return f"{module}.{renamed}" if renamed and module.endswith("LayerNorm") else name
