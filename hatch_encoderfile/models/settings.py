"""The translation of each architecture's config.json into the runtime's `EncoderConfig`, as tables.

Defaults are those of transformers, for keys that are missing in config.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.architectures import EncoderConfig, architecture, head_names

from .derived import Json, deberta, gte, modernbert, nomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from encoderfile_runtime.format.model_type import ModelType


class Settings(NamedTuple):
    """The translation of an architecture's config.json.

    Attributes:
        keys: its keys for settings that have another name in `EncoderConfig`.
        defaults: values of settings that may be missing.
        required: the only supported values of keys; a missing key counts as that value.
        unused: modules and tensors that checkpoints have for training or for other tasks.
        derive: computes settings from several keys.
    """

    keys: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}
    required: Mapping[str, Any] = {}
    unused: tuple[str, ...] = ()
    derive: Callable[[Json], Json] = lambda _: {}


_ENCODER_ONLY = {"is_decoder": False, "add_cross_attention": False}
_ABSOLUTE = {"position_embedding_type": "absolute"} | _ENCODER_ONLY
_BERT_UNUSED = ("{prefix}embeddings.position_ids", "{prefix}pooler", "cls")

_ROBERTA = Settings(
    defaults={"type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"},
    required=_ABSOLUTE | {"pad_token_id": 1},
    unused=("{prefix}embeddings.position_ids", "{prefix}pooler", "lm_head"),
)
_GTE = Settings(
    defaults={"layer_norm_eps": 1e-12, "hidden_act": "gelu", "type_vocab_size": 1},
    required=_ENCODER_ONLY
    | {"position_embedding_type": "rope", "layer_norm_type": "layer_norm"}
    | {"logn_attention_scale": False, "pack_qkv": True},
    unused=("{prefix}embeddings.position_ids", "{prefix}pooler", "lm_head"),
    derive=gte,
)
SETTINGS: dict[str, Settings] = {
    "albert": Settings(
        defaults={"hidden_act": "gelu_new", "layer_norm_eps": 1e-12, "embedding_size": 128, "type_vocab_size": 2},
        required=_ABSOLUTE | {"num_hidden_groups": 1, "inner_group_num": 1},
        unused=("{prefix}embeddings.position_ids", "{prefix}pooler", "predictions", "sop_classifier"),
    ),
    "bert": Settings(required=_ABSOLUTE, unused=_BERT_UNUSED),
    "camembert": _ROBERTA,
    "deberta-v2": Settings(
        defaults={"type_vocab_size": 0, "layer_norm_eps": 1e-7, "hidden_act": "gelu", "position_biased_input": True},
        required={
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "conv_kernel_size": 0,
            "pooler_hidden_act": "gelu",
        },
        unused=("{prefix}embeddings.position_ids", "pooler", "cls", "lm_predictions", "mask_predictions"),
        derive=deberta,
    ),
    "distilbert": Settings(
        keys={
            "hidden_size": "dim",
            "num_hidden_layers": "n_layers",
            "num_attention_heads": "n_heads",
            "intermediate_size": "hidden_dim",
            "hidden_act": "activation",
        },
        defaults={"type_vocab_size": 0, "layer_norm_eps": 1e-12, "activation": "gelu", "hidden_act": "gelu"},
        unused=(
            "{prefix}embeddings.position_ids",
            "vocab_transform",
            "vocab_layer_norm",
            "vocab_projector",
            "pre_classifier",
            "qa_outputs",
        ),
    ),
    "electra": Settings(
        defaults={"hidden_act": "gelu", "layer_norm_eps": 1e-12, "embedding_size": 128, "type_vocab_size": 2},
        required=_ABSOLUTE,
        unused=(
            "{prefix}embeddings.position_ids",
            "discriminator_predictions",
            "generator_predictions",
            "generator_lm_head",
        ),
    ),
    "gte": _GTE,
    "modernbert": Settings(
        keys={"hidden_act": "hidden_activation", "layer_norm_eps": "norm_eps"},
        defaults={
            "type_vocab_size": 0,
            "layer_norm_eps": 1e-5,
            "hidden_act": "gelu",
            "local_attention": 128,
            "classifier_pooling": "cls",
        },
        required={
            "attention_bias": False,
            "mlp_bias": False,
            "norm_bias": False,
            "classifier_bias": False,
            "classifier_activation": "gelu",
        },
        unused=("head", "decoder"),
        derive=modernbert,
    ),
    "mpnet": Settings(
        defaults={"type_vocab_size": 0, "layer_norm_eps": 1e-12, "hidden_act": "gelu"},
        required={"relative_attention_num_buckets": 32, "pad_token_id": 1},
        unused=("{prefix}embeddings.position_ids", "{prefix}pooler", "lm_head"),
    ),
    "new": _GTE,
    "nomic_bert": Settings(
        keys={
            "hidden_size": "n_embd",
            "num_hidden_layers": "n_layer",
            "num_attention_heads": "n_head",
            "intermediate_size": "n_inner",
            "max_position_embeddings": "n_positions",
            "layer_norm_eps": "layer_norm_epsilon",
        },
        defaults={"type_vocab_size": 2, "layer_norm_eps": 1e-12, "max_position_embeddings": 2048},
        required={
            "prenorm": False,
            "parallel_block": False,
            "qkv_proj_bias": False,
            "mlp_fc1_bias": False,
            "mlp_fc2_bias": False,
            "rotary_emb_fraction": 1.0,
            "rotary_emb_interleaved": False,
            "rotary_emb_scale_base": None,
            "rotary_scaling_factor": None,
            "use_rms_norm": False,
        },
        unused=("{prefix}pooler", "cls"),
        derive=nomic,
    ),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
}
"""By `model_type`; the keys are those of the runtime's catalogue."""


def canonical(model_type: str, config: Json) -> Json:
    """The settings in config.json by the names of `EncoderConfig`, without the prefix; missing ones stay missing.

    Raises:
        ModelError: an object of settings has another type.
    """
    settings = SETTINGS[model_type]
    found: Json = {"architecture": model_type}
    for field in EncoderConfig._fields:
        for key in (settings.keys.get(field), field):
            if key in config and config[key] is not None:
                found[field] = config[key]
                break
        else:
            if field in settings.defaults:
                found[field] = settings.defaults[field]
    kind = architecture(model_type)
    if kind.projection is None:
        found.pop("embedding_size", None)
    return found | settings.derive(config)


def unsupported(model_type: str, config: Json) -> list[str]:
    """Values in config.json that the runtime does not support, a line each."""
    faults = []
    for key, expected in SETTINGS[model_type].required.items():
        value = config.get(key, expected)
        if isinstance(expected, list) and isinstance(value, str):
            value = value.split("|")
        if isinstance(expected, list) and isinstance(value, list) and len(value) == len(expected):
            value = [item for item in expected if item in value]  # in any order
        if value not in (expected, None):
            faults.append(f"{key}: {config[key]!r} is not supported, expected {expected!r}")
    return faults


def is_optional(name: str, model_type: ModelType, config: EncoderConfig) -> bool:
    """Whether a tensor that the task does not use is expected in a checkpoint, and so may be left out silently."""
    kind = architecture(config.architecture)
    modules = {module.format(prefix=config.prefix) for module in SETTINGS[config.architecture].unused}
    for head in kind.heads.values():
        modules |= {module for module in (head.output, head.dense, head.norm) if module}
    modules = {module.format(prefix=config.prefix) for module in modules}
    used = head_names(model_type, config)
    own = {module for module in (used.output, used.dense, used.norm) if module} if used else set()
    module = name.rpartition(".")[0]
    return module not in own and any(name == part or name.startswith(f"{part}.") for part in modules)
