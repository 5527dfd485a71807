"""The settings of an encoder, as the runtime reads them from the model_config artifact."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from encoderfile_runtime.activations import ACTIVATIONS
from encoderfile_runtime.errors import ModelError

from .catalogue import ARCHITECTURES, architecture


class EncoderConfig(NamedTuple):
    """Settings under BERT's names or, where BERT has no such setting, the architecture's; with the prefix of tensor names.

    Attributes:
        embedding_size: None for the hidden size.
        position_biased_input: whether there are position embeddings, where the architecture can have them.
        rope_theta: the base of rotary frequencies, and in layers with a window `local_rope_theta`.
        rope_scaling: the type and the parameters of rotary positions that are not plain, as `rope` has them, and in layers
            with a window `local_rope_scaling`.
        local_attention: how many tokens a window spans, itself in the middle.
        global_attn_every_n_layers: the layers without window, from the first.
        position_buckets: distances that have their own embedding, to each side.
        max_relative_positions: the distance from which on all have the same.
        classifier_pooling: what a sequence classifier reads: "cls" or "mean".
    """

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
    embedding_size: int | None = None
    position_biased_input: bool = True
    rope_theta: float = 10000.0
    local_rope_theta: float = 10000.0
    rope_scaling: Mapping[str, Any] = {}
    local_rope_scaling: Mapping[str, Any] = {}
    local_attention: int = 0
    global_attn_every_n_layers: int = 1
    position_buckets: int = 1
    max_relative_positions: int = 1
    classifier_pooling: str = "cls"

    @property
    def max_tokens(self) -> int:
        """How many tokens a sequence may have."""
        return self.max_position_embeddings - architecture(self.architecture).first_position

    @property
    def embedding_width(self) -> int:
        """Features of an embedding."""
        return self.embedding_size or self.hidden_size

    @property
    def is_projected(self) -> bool:
        """Whether embeddings are brought to the hidden size by a matrix."""
        kind = architecture(self.architecture)
        return kind.projection is not None and (kind.always_projected or self.embedding_width != self.hidden_size)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: the settings that every architecture has, and others where they are not the default."""
        defaults = self._field_defaults
        return {key: value for key, value in self._asdict().items() if key not in defaults or value != defaults[key]}

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> "EncoderConfig":
        """The inverse of `to_json`.

        Raises:
            ModelError: keys are missing or unknown, or values cannot be.
        """
        required = [key for key in cls._fields if key not in cls._field_defaults]
        faults = [f"{key}: missing" for key in required if key not in mapping]
        faults += [f"{key}: unknown key" for key in mapping if key not in cls._fields]
        if not faults:
            config = cls(**mapping)
            faults = list(config.faults())
            if not faults:
                return config
        raise ModelError("encoder config", faults)

    def faults(self) -> Iterator[str]:
        """What is wrong with the values, a line each, beginning with the key."""
        sizes = True
        for key, (low, high) in _SIZES.items():
            value = getattr(self, key)
            if type(value) is not int or not low <= value <= high:
                sizes = key == "embedding_size" and value is None and sizes
                if not (key == "embedding_size" and value is None):
                    yield f"{key}: expected an integer from {low} to {high}, found {value!r}"
        if sizes and self.hidden_size % self.num_attention_heads:
            yield f"hidden_size: {self.hidden_size} does not divide into {self.num_attention_heads} heads (num_attention_heads)"
        for key, (least, limit) in _NUMBERS.items():
            value = getattr(self, key)
            if type(value) not in (int, float) or not least <= value < limit:
                yield f"{key}: expected a number from {least} to {limit:g}, found {value!r}"
        if type(self.position_biased_input) is not bool:
            yield f"position_biased_input: expected true or false, found {self.position_biased_input!r}"
        yield from _not_among("hidden_act", self.hidden_act, ACTIVATIONS)
        yield from _not_among("classifier_pooling", self.classifier_pooling, ("cls", "mean"))
        unknown = list(_not_among("architecture", self.architecture, ARCHITECTURES))
        yield from unknown or _not_among("prefix", self.prefix, architecture(self.architecture).prefixes)
        if sizes and not unknown:
            yield from self._faults_together()

    def _faults_together(self) -> Iterator[str]:
        kind = architecture(self.architecture)
        if self.max_tokens < 1:
            yield f"max_position_embeddings: {self.max_position_embeddings} leaves no position for a token"
        if kind.positions == "rotary" and self.hidden_size // self.num_attention_heads % 2:
            yield f"hidden_size: {self.hidden_size} gives {self.num_attention_heads} heads no even number of features"
        if (self.rope_scaling, self.local_rope_scaling) != ({}, {}):
            from .rope import rope_faults

            yield from rope_faults(self._asdict())
        if kind.projection is None and self.embedding_width != self.hidden_size:
            yield f"embedding_size: {self.embedding_size}, but {self.architecture} has none but the hidden size"


_LARGEST = (1 << 31) - 1
_SIZES = {
    "vocab_size": (1, _LARGEST),
    "hidden_size": (1, _LARGEST),
    "num_hidden_layers": (1, 1 << 10),
    "num_attention_heads": (1, _LARGEST),
    "intermediate_size": (1, _LARGEST),
    "max_position_embeddings": (1, _LARGEST),
    "type_vocab_size": (0, _LARGEST),
    "embedding_size": (1, _LARGEST),
    "local_attention": (0, _LARGEST),
    "global_attn_every_n_layers": (1, _LARGEST),
    "position_buckets": (1, 1 << 16),
    "max_relative_positions": (1, 1 << 24),
}
_NUMBERS = {
    "layer_norm_eps": (0, 1.0),
    "rope_theta": (1, 1e12),
    "local_rope_theta": (1, 1e12),
}


def _not_among(key: str, value: object, known: Any) -> Iterator[str]:
    if not (isinstance(value, str) and value in known):
        yield f"{key}: {value!r} is not supported; supported: {', '.join(repr(name) for name in sorted(known))}"
