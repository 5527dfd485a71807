"""ModernBERT, by transformers' `ModernBertConfig`: two kinds of layers, each with rotary parameters of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .common import BASE, NO_DECODER
from .rope import PARAMETERS, scaling_of
from .rows import Family, Field, Only, derived, harmless

if TYPE_CHECKING:
    from .keys import Keys
    from .rows import Json

_FULL, _SLIDING = "full_attention", "sliding_attention"
_KINDS = {_FULL: _FULL, _SLIDING: _SLIDING, "attention": _FULL}
_THETAS = {_FULL: ("global_rope_theta", 160000.0), _SLIDING: ("local_rope_theta", 10000.0)}


def _derive(keys: Keys, found: Json) -> Json:
    return {
        "type_vocab_size": 0,
        "global_attn_every_n_layers": _every(keys, found["num_hidden_layers"]),
        "local_attention": _window(keys),
        **_ropes(keys, found),
    }


def _window(keys: Keys) -> Any:
    """`sliding_window` is half of what a window spans."""
    if "sliding_window" not in keys:
        return keys.get("local_attention", 128)
    half, whole = keys.get("sliding_window"), keys.get("local_attention")
    if type(half) is not int:
        keys.fault("sliding_window", f"expected an integer, found {half!r}")
        return 0
    if whole is not None and (type(whole) is not int or whole // 2 != half):
        keys.fault("sliding_window", f"{half!r}, but local_attention, which is twice that, is {whole!r}")
    keys.sources["local_attention"] = "sliding_window"
    return 2 * half if whole is None else whole


def _every(keys: Keys, layers: Any) -> Any:
    """The layers without window have to be every n-th from the first, in the list of all layers' kinds too."""
    every: Any = keys.get("global_attn_every_n_layers", 3)
    kinds = keys.get("layer_types")
    if kinds is None:
        return every
    names = (
        [_KINDS.get(kind) if isinstance(kind, str) else None for kind in kinds] if isinstance(kinds, list) else [None]
    )
    wide = [index for index, kind in enumerate(names) if kind == _FULL]
    found = wide[1] if len(wide) > 1 else max(len(names), 1)
    if None in names or wide != list(range(0, len(names), found)) or len(names) != layers:
        keys.fault(
            "layer_types",
            f"{kinds!r} is not supported, expected {_FULL} for the first of {layers} layers and every n-th from there, "
            f"{_SLIDING} for the others",
        )
        return 1
    if (
        "global_attn_every_n_layers" in keys
        and list(range(0, len(names), every if type(every) is int and every > 0 else 1)) != wide
    ):
        keys.fault("global_attn_every_n_layers", f"{every!r}, but layer_types says {found}: remove one")
    return found


def _ropes(keys: Keys, found: Json) -> Json:
    """Both kinds' parameters; `rope_scaling` is for both, as in the reference."""
    table, both = keys.table("rope_parameters"), keys.table("rope_scaling")
    if both is not None and "type" in both and "rope_type" not in both:
        both.fault("type", "the reference reads rope_type alone here: name it so")
    ropes: Json = {}
    for kind, prefix in ((_FULL, ""), (_SLIDING, "local_")):
        name, default = _THETAS[kind]
        own = table.table(kind) if table else None
        outer = keys.get(name, default)
        if both is not None and both.is_filled:
            if own is not None and own.is_filled:
                keys.fault("rope_scaling", f"there is rope_parameters.{kind} too: remove one")
            own = both
        theta = outer if own is None else own.get("rope_theta", outer)
        if name in keys and theta != outer:
            keys.fault(name, f"{outer!r}, but the rotary parameters say {theta!r}: remove one")
        ropes[f"{prefix}rope_theta"] = theta
        keys.sources[f"{prefix}rope_theta"] = own.at("rope_theta") if own is not None and "rope_theta" in own else name
        if own is not None:
            scaling = scaling_of(own, keys, found["max_position_embeddings"], nested=True)
            if scaling.get("truncate", True) is not True:  # which the reference looks for in another place
                own.fault("truncate", f"{scaling['truncate']!r} is not supported, expected true")
            ropes[f"{prefix}rope_scaling"] = scaling
            keys.sources[f"{prefix}rope_scaling"] = own.at("")[:-1]
    if table is not None:
        table.close(PARAMETERS)  # which are one level deeper
    return ropes


MODERNBERT = Family(
    BASE
    | NO_DECODER
    | {
        "attention_bias": Only((False,), False),
        "classifier_activation": Only(("gelu",), "gelu", heads_only=True),
        "classifier_bias": Only((False,), False, heads_only=True),
        "classifier_pooling": Field("classifier_pooling", "cls"),
        "hidden_activation": Field("hidden_act", "gelu"),
        "hidden_size": Field("hidden_size", 768),
        "intermediate_size": Field("intermediate_size", 1152),
        "max_position_embeddings": Field("max_position_embeddings", 8192),
        "mlp_bias": Only((False,), False),
        "norm_bias": Only((False,), False),
        "norm_eps": Field("layer_norm_eps", 1e-5),
        "num_attention_heads": Field("num_attention_heads", 12),
        "num_hidden_layers": Field("num_hidden_layers", 22),
        "vocab_size": Field("vocab_size", 50368),
    }
    | derived(
        "global_attn_every_n_layers global_rope_theta head_dim layer_types local_attention local_rope_theta "
        "partial_rotary_factor rope_parameters rope_scaling sliding_window"
    )
    | harmless(
        "decoder_bias deterministic_flash_attn embedding_dropout initializer_cutoff_factor mlp_dropout "
        "reference_compile repad_logits_with_grad sparse_pred_ignore_index sparse_prediction"
    ),
    ("head", "decoder", "qa_outputs"),
    _derive,
)
