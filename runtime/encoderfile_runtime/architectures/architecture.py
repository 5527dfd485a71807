"""The ways in which encoders differ, as fields; their defaults are BERT's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from encoderfile_runtime.format.model_type import ModelType


class LayerNames(NamedTuple):
    """The modules of one layer, `{}` standing for its number; in the order in which a weights file holds them."""

    qkv: tuple[str, ...]
    """Query, key and value, or one module that computes them in this order."""
    attention_output: str
    attention_norm: str
    inner: tuple[str, ...]
    """The first feed-forward layer; with a gate, its two halves or one module that computes both."""
    output: str
    output_norm: str

    def numbered(self, number: int) -> "LayerNames":
        """The names in that layer."""
        parts: list[Any] = [
            part.format(number) if isinstance(part, str) else tuple(module.format(number) for module in part)
            for part in self
        ]
        return LayerNames(*parts)


class HeadNames(NamedTuple):
    """A classification head: an output layer, over a dense layer where there is one."""

    output: str
    dense: str | None = None
    activation: str = "tanh"
    dense_bias: bool = True
    norm: str | None = None
    """The layer norm that the output of the dense layer goes through, before the output layer."""


class Architecture(NamedTuple):
    """What one architecture calls its parts, and what it does with them.

    Attributes:
        prefixes: what a checkpoint may put before the encoder's names; `{prefix}` in a head's names.
        projection: from the embeddings' size to the hidden size, where the two differ or `always_projected`.
        norm_projected: the embeddings' norm comes after the projection, not before it.
        positions: how tokens know where they stand: "absolute" by embeddings alone, "rotary" by turning queries and keys,
            "relative" by a bias on the scores, "disentangled" by scores of their own.
        first_position: the embedding of the first token's position; the padding's id is just before it.
        norm_first: norms come before each sublayer, not after it.
        first_norm: whether the first layer has a norm before its attention.
        gate: which half of the inner layer is activated and then multiplied with the other; None for no gate.
        unbiased: the parts of a layer, and the projection, without bias; "norm" is all norms.
        shared_layers: all layers are one.
        tables: other modules of the whole encoder, by what they are.
    """

    prefixes: tuple[str, ...]
    word_embeddings: str
    position_embeddings: str | None
    token_type_embeddings: str | None
    embeddings_norm: str
    layer: LayerNames
    heads: Mapping[ModelType, HeadNames]
    projection: str | None = None
    always_projected: bool = False
    norm_projected: bool = False
    positions: str = "absolute"
    first_position: int = 0
    norm_first: bool = False
    first_norm: bool = True
    gate: int | None = None
    unbiased: tuple[str, ...] = ()
    shared_layers: bool = False
    final_norm: str | None = None
    tables: Mapping[str, str] = {}
