"""Settings of an encoder that are derived from several keys of config.json; defaults are those of transformers.

Each function raises a `ModelError` if an object of settings has another type; the values are checked with all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def _table(config: Json, key: str, inside: str = "") -> Json:
    value = config.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelError("config.json", [f"{inside}{key}: expected an object, found {value!r}"])
    return value


def rope_theta(default: float) -> Callable[[Json], Json]:
    """A function that reads the base of the rotary frequencies, under its old and its new key."""

    def derive(config: Json) -> Json:
        parameters = _table(config, "rope_parameters")
        return {"rope_theta": parameters.get("rope_theta", config.get("rope_theta", default))}

    return derive


def gte(config: Json) -> Json:
    """GTE: rotary embeddings with a fixed NTK scaling of base and frequencies (https://kexue.fm/archives/9706)."""
    scaling = config.get("rope_scaling")
    found = rope_theta(160000.0)(config)
    if scaling is not None:
        fixed = isinstance(scaling, dict) and scaling.get("type") == "ntk" and scaling.get("mixed_b") is None
        found["rope_factor"] = scaling.get("factor") if fixed else f"rope_scaling {scaling}"
    return found


def modernbert(config: Json) -> Json:
    """ModernBERT: bases of the rotary frequencies, and the period of layers with global attention.

    `layer_types`, if given, must have that period: global attention in every n-th layer, beginning with the first.
    """
    parameters = _table(config, "rope_parameters")
    wide, narrow = (_table(parameters, kind, "rope_parameters.") for kind in ("full_attention", "sliding_attention"))
    every: Any = config.get("global_attn_every_n_layers", 3)
    kinds = config.get("layer_types")
    if not isinstance(kinds, list | None):
        raise ModelError("config.json", [f"layer_types: expected a list, found {kinds!r}"])
    if kinds:
        wide_layers = [index for index, kind in enumerate(kinds) if kind == "full_attention"]
        every = wide_layers[1] if len(wide_layers) > 1 else len(kinds)
        if wide_layers != list(range(0, len(kinds), every)):
            every = f"layer_types {kinds}"
    return {
        "rope_theta": wide.get("rope_theta", config.get("global_rope_theta", 160000.0)),
        "local_rope_theta": narrow.get("rope_theta", config.get("local_rope_theta", 10000.0)),
        "global_attn_every_n_layers": every,
    }


def nomic(config: Json) -> Json:
    """NomicBERT: Nomic's own code has `activation_function: swiglu` where transformers has `hidden_act: silu`."""
    activation = config.get("activation_function")
    if activation is None or isinstance(activation, str):
        activation = {"swiglu": "silu", "geglu": "gelu", None: "silu"}.get(activation, activation)
    parameters = _table(config, "rope_parameters")
    return {
        "hidden_act": config.get("hidden_act", activation),
        "rope_theta": parameters.get("rope_theta", config.get("rotary_emb_base", 1000.0)),
    }


def deberta(config: Json) -> Json:
    """DeBERTa: the number of relative positions with an embedding of their own, and the largest that is distinguished."""
    span = config.get("max_relative_positions", -1)
    buckets = config.get("position_buckets", -1)
    distances = span if isinstance(span, int) and span > 0 else config.get("max_position_embeddings", 512)
    own = isinstance(buckets, int) and buckets > 0
    return {"position_buckets": buckets if own else distances, "max_relative_positions": distances if own else 1}
