"""Encoder architectures as data: the names and shapes of their tensors, and what their config.json may say.

Names and settings are those of Hugging Face's transformers. An architecture is an entry in `ARCHITECTURES`.
"""

# Annotations are not postponed here: NamedTuple would compile each one from a string, 3 ms at every start.
from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import ModelError
from .model_type import ModelType
from .ops import ACTIVATIONS

SUPPORTED_ACTIVATIONS = frozenset(ACTIVATIONS)


class LayerNames(NamedTuple):
    """The modules of one layer, `{}` standing for its number; in the order in which a weights file holds them."""

    query: str
    key: str
    value: str
    attention_output: str
    attention_norm: str
    intermediate: str
    output: str
    output_norm: str


class HeadNames(NamedTuple):
    """A classification head: an output layer, over a dense layer with an activation where there is one."""

    output: str
    dense: str | None = None
    activation: str = "tanh"


class Architecture(NamedTuple):
    """What one architecture calls its parts.

    Attributes:
        prefixes: what a checkpoint may put before the encoder's names; `{prefix}` in a head's names.
        settings: values that the code takes for granted; config.json must agree where it has the key.
        unused: tensors that checkpoints carry for training or for other tasks.
    """

    prefixes: tuple[str, ...]
    word_embeddings: str
    position_embeddings: str
    token_type_embeddings: str
    embeddings_norm: str
    layer: LayerNames
    heads: Mapping[ModelType, HeadNames]
    settings: Mapping[str, object]
    unused: tuple[str, ...]


ARCHITECTURES: dict[str, Architecture] = {
    "bert": Architecture(  # Devlin et al. 2018
        prefixes=("", "bert."),
        word_embeddings="embeddings.word_embeddings",
        position_embeddings="embeddings.position_embeddings",
        token_type_embeddings="embeddings.token_type_embeddings",  # noqa: S106 - a tensor's name
        embeddings_norm="embeddings.LayerNorm",
        layer=LayerNames(
            query="encoder.layer.{}.attention.self.query",
            key="encoder.layer.{}.attention.self.key",
            value="encoder.layer.{}.attention.self.value",
            attention_output="encoder.layer.{}.attention.output.dense",
            attention_norm="encoder.layer.{}.attention.output.LayerNorm",
            intermediate="encoder.layer.{}.intermediate.dense",
            output="encoder.layer.{}.output.dense",
            output_norm="encoder.layer.{}.output.LayerNorm",
        ),
        heads={
            ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="{prefix}pooler.dense"),
            ModelType.TOKEN_CLASSIFICATION: HeadNames("classifier"),
        },
        settings={"position_embedding_type": "absolute", "is_decoder": False, "add_cross_attention": False},
        unused=(
            "{prefix}embeddings.position_ids",
            "{prefix}pooler.dense.weight",
            "{prefix}pooler.dense.bias",
            "cls.predictions.bias",
            "cls.predictions.decoder.weight",
            "cls.predictions.decoder.bias",
            "cls.predictions.transform.dense.weight",
            "cls.predictions.transform.dense.bias",
            "cls.predictions.transform.LayerNorm.weight",
            "cls.predictions.transform.LayerNorm.bias",
            "cls.seq_relationship.weight",
            "cls.seq_relationship.bias",
        ),
    ),
}


class EncoderConfig(NamedTuple):
    """The settings of an encoder under Hugging Face's own names, with the prefix of its tensors' names."""

    architecture: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    hidden_act: str
    layer_norm_eps: float
    prefix: str

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> "EncoderConfig":
        """The inverse of `_asdict`.

        Raises:
            ModelError: keys are missing or unknown, or values cannot be.
        """
        faults = [f"{key}: missing" for key in cls._fields if key not in mapping]
        faults += [f"{key}: unknown key" for key in mapping if key not in cls._fields]
        if not faults:
            config = cls(**mapping)
            faults = config.faults()
            if not faults:
                return config
        raise ModelError("encoder config", faults)

    def faults(self) -> list[str]:
        """What is wrong with the values, a line each, beginning with the key; empty when nothing is."""
        faults = []
        for key in _SIZES:
            value = getattr(self, key)
            limit = _MAX_LAYERS if key == "num_hidden_layers" else _MAX_SIZE
            if type(value) is not int or not 1 <= value <= limit:
                faults.append(f"{key}: expected an integer from 1 to {limit}, found {value!r}")
        if not faults and self.hidden_size % self.num_attention_heads:
            faults.append(f"hidden_size: {self.hidden_size} does not divide into {self.num_attention_heads} heads")
        if type(self.layer_norm_eps) not in (int, float) or not 0 <= self.layer_norm_eps < 1:
            faults.append(f"layer_norm_eps: expected a number from 0 to 1, found {self.layer_norm_eps!r}")
        faults += _not_among("hidden_act", self.hidden_act, SUPPORTED_ACTIVATIONS)
        unknown = _not_among("architecture", self.architecture, ARCHITECTURES)
        return faults + (unknown or _not_among("prefix", self.prefix, ARCHITECTURES[self.architecture].prefixes))


_MAX_LAYERS = 1 << 10
_MAX_SIZE = (1 << 31) - 1
_SIZES = EncoderConfig._fields[1:8]  # vocab_size to type_vocab_size


def _not_among(key: str, value: object, known: Any) -> list[str]:
    if isinstance(value, str) and value in known:
        return []
    return [f"{key}: {value!r} is not supported; supported: {', '.join(repr(name) for name in sorted(known))}"]


def encoder_tensors(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the encoder's tensors, in the order in which a weights file holds them.

    The weights of query, key and value lie next to each other and can be seen as one [3·hidden, hidden] matrix.
    """
    names = ARCHITECTURES[config.architecture]
    hidden, inner = config.hidden_size, config.intermediate_size
    tensors: dict[str, tuple[int, ...]] = {}

    def add(shape: tuple[int, ...], *modules: str, layer: int = 0) -> None:
        tensors.update((f"{config.prefix}{module.format(layer)}.weight", shape) for module in modules)

    def add_biased(shape: tuple[int, ...], *modules: str, layer: int = 0) -> None:
        add(shape, *modules, layer=layer)
        tensors.update((f"{config.prefix}{module.format(layer)}.bias", shape[:1]) for module in modules)

    add((config.vocab_size, hidden), names.word_embeddings)
    add((config.max_position_embeddings, hidden), names.position_embeddings)
    add((config.type_vocab_size, hidden), names.token_type_embeddings)
    add_biased((hidden,), names.embeddings_norm)
    for number in range(config.num_hidden_layers):
        layer = names.layer
        add_biased((hidden, hidden), layer.query, layer.key, layer.value, layer=number)
        add_biased((hidden, hidden), layer.attention_output, layer=number)
        add_biased((hidden,), layer.attention_norm, layer=number)
        add_biased((inner, hidden), layer.intermediate, layer=number)
        add_biased((hidden, inner), layer.output, layer=number)
        add_biased((hidden,), layer.output_norm, layer=number)
    return tensors


def head_names(model_type: ModelType, config: EncoderConfig) -> HeadNames | None:
    """The full module names of the classification head; None for model types without one."""
    head = ARCHITECTURES[config.architecture].heads.get(model_type)
    if head and head.dense:
        return head._replace(dense=head.dense.format(prefix=config.prefix))
    return head


def head_tensors(model_type: ModelType, config: EncoderConfig, num_labels: int | None) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the classification head's tensors, after the encoder's; none for embeddings."""
    head = head_names(model_type, config)
    if head is None:
        return {}
    if not num_labels:
        raise ModelError("encoder config", [f"num_labels: {model_type.label} needs at least 1, found {num_labels!r}"])
    tensors: dict[str, tuple[int, ...]] = {}
    for module, rows in ((head.dense, config.hidden_size), (head.output, num_labels)):
        if module is not None:
            tensors[f"{module}.weight"] = (rows, config.hidden_size)
            tensors[f"{module}.bias"] = (rows,)
    return tensors


def optional_tensors(model_type: ModelType, config: EncoderConfig) -> frozenset[str]:
    """Names that a checkpoint may hold and that the task does not use: they are not carried."""
    architecture = ARCHITECTURES[config.architecture]
    names = {name.format(prefix=config.prefix) for name in architecture.unused}
    for head in architecture.heads.values():
        names |= {f"{head.output}.weight", f"{head.output}.bias"}
    used = head_names(model_type, config)
    if used:
        names -= {f"{module}.{part}" for module in (used.dense, used.output) for part in ("weight", "bias")}
    return frozenset(names)
