"""DeBERTa-v2 and v3, by transformers' `DebertaV2Config`: most of what the published models set is off by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .common import BASE, NO_DECODER, sizes
from .rows import Family, Field, Only, derived, harmless

if TYPE_CHECKING:
    from .keys import Keys
    from .rows import Json

_KINDS = {"c2p", "p2c"}


def _derive(keys: Keys, found: Json) -> Json:
    """How many distances have their own embedding, and from which on all have the same."""
    if _parts(keys.get("pos_att_type")) != _KINDS:
        keys.fault("pos_att_type", f"{keys.get('pos_att_type')!r} is not supported, expected ['c2p', 'p2c']")
    if _parts(keys.get("norm_rel_ebd", "none")) != {"layer_norm"}:
        keys.fault("norm_rel_ebd", f"{keys.get('norm_rel_ebd', 'none')!r} is not supported, expected 'layer_norm'")
    size, heads = found["hidden_size"], found["num_attention_heads"]
    _equals(keys, "pooler_hidden_size", 1, size, "hidden_size")
    _equals(keys, "attention_head_size", heads, size, "hidden_size over num_attention_heads")
    span, buckets = keys.get("max_relative_positions", -1), keys.get("position_buckets", -1)
    for key, value in (("max_relative_positions", span), ("position_buckets", buckets)):
        if type(value) is not int:
            keys.fault(key, f"expected an integer, found {value!r}")
            return {}
    distances = span if span > 0 else found["max_position_embeddings"]
    return {
        "position_buckets": buckets if buckets > 0 else distances,
        "max_relative_positions": distances if buckets > 0 else 1,
    }


def _equals(keys: Keys, key: str, count: Any, size: Any, expected: str) -> None:
    """A width that the reference could have otherwise; `count` of it are the hidden size."""
    width = keys.get(key)
    if key in keys and not (type(width) is type(count) is type(size) is int and width * count == size):
        keys.fault(key, f"{width!r} is not supported, expected {expected}")


def _parts(value: Any) -> set[str]:
    """A list of names, or one text with strokes between them."""
    if isinstance(value, str):
        value = [part.strip() for part in value.lower().split("|")]
    return {part for part in value if isinstance(part, str)} if isinstance(value, list) else set()


DEBERTA_V2 = Family(
    BASE
    | NO_DECODER
    | sizes(
        vocab=128100,
        hidden=1536,
        layers=24,
        heads=24,
        inner=6144,
        positions=512,
        activation="gelu",
        epsilon=1e-7,
    )
    | {
        "conv_kernel_size": Only((0, -1), 0),
        "embedding_size": Field("embedding_size", None),
        "pooler_hidden_act": Only(("gelu",), "gelu", heads_only=True),
        "position_biased_input": Field("position_biased_input", True),
        "relative_attention": Only((True,), False),
        "share_att_key": Only((True,), False),
        "type_vocab_size": Field("type_vocab_size", 0),
    }
    | derived(
        "attention_head_size max_relative_positions norm_rel_ebd pooler_hidden_size pos_att_type position_buckets"
    )
    # dropouts, the head for masked words, and a convolution that is off
    | harmless("cls_dropout conv_act conv_groups legacy pooler_dropout"),
    (
        "{prefix}embeddings.position_embeddings",  # without position_biased_input
        "{prefix}embeddings.position_ids",
        "pooler",
        "cls",
        "lm_predictions",
        "mask_predictions",
        "qa_outputs",
    ),
    _derive,
)
