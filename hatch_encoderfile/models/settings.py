"""What config.json of each architecture says, in terms of the runtime's `EncoderConfig`.

Defaults are those of transformers, for keys that a config.json leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.architectures import EncoderConfig, architecture, head_names
from encoderfile_runtime.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from encoderfile_runtime.model_type import ModelType

Json = dict[str, Any]


class Settings(NamedTuple):
    """How to read an architecture's config.json.

    Attributes:
        keys: what it calls a setting, where that is not the setting's own name.
        defaults: values of settings that it may leave out.
        required: values that the runtime takes for granted, as it has no others; also when the key is not there.
        unused: modules and tensors that checkpoints carry for training or for other tasks.
        derive: settings that take more than a look at one key.
    """

    keys: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}
    required: Mapping[str, Any] = {}
    unused: tuple[str, ...] = ()
    derive: Callable[[Json], Json] = lambda _: {}


_ENCODER_ONLY = {"is_decoder": False, "add_cross_attention": False}
_ABSOLUTE = {"position_embedding_type": "absolute"} | _ENCODER_ONLY
_BERT_UNUSED = ("{prefix}embeddings.position_ids", "{prefix}pooler", "cls")


def _table(config: Json, key: str, inside: str = "") -> Json:
    value = config.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelError("config.json", [f"{inside}{key}: expected an object, found {value!r}"])
    return value


def _rope_theta(default: float) -> Callable[[Json], Json]:
    """The base of the rotary frequencies, under its old and its new name."""

    def derive(config: Json) -> Json:
        parameters = _table(config, "rope_parameters")
        return {"rope_theta": parameters.get("rope_theta", config.get("rope_theta", default))}

    return derive


def _gte(config: Json) -> Json:
    """GTE's own code scales positions as in https://kexue.fm/archives/9706: base and speeds, whatever the length."""
    scaling = config.get("rope_scaling")
    found = _rope_theta(160000.0)(config)
    if scaling is not None:
        fixed = isinstance(scaling, dict) and scaling.get("type") == "ntk" and scaling.get("mixed_b") is None
        found["rope_factor"] = scaling.get("factor") if fixed else f"rope_scaling {scaling}"
    return found


def _modernbert(config: Json) -> Json:
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


def _nomic(config: Json) -> Json:
    """Nomic's own code says `activation_function: swiglu`, transformers `hidden_act: silu`."""
    own = {"swiglu": "silu", "geglu": "gelu", None: "silu"}
    activation = config.get("activation_function")
    found: Json = {
        "hidden_act": config.get(
            "hidden_act", activation if isinstance(activation, list | dict) else own.get(activation, activation)
        )
    }
    parameters = _table(config, "rope_parameters")
    found["rope_theta"] = parameters.get("rope_theta", config.get("rotary_emb_base", 1000.0))
    return found


def _deberta(config: Json) -> Json:
    span = config.get("max_relative_positions", -1)
    buckets = config.get("position_buckets", -1)
    distances = span if isinstance(span, int) and span > 0 else config.get("max_position_embeddings", 512)
    own = isinstance(buckets, int) and buckets > 0
    return {"position_buckets": buckets if own else distances, "max_relative_positions": distances if own else 1}


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
    derive=_gte,
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
        derive=_deberta,
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
        derive=_modernbert,
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
        derive=_nomic,
    ),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
}
"""By `model_type`; the keys are those of the runtime's catalogue."""


def canonical(model_type: str, config: Json) -> Json:
    """The settings of config.json that `EncoderConfig` has, but for the prefix; a missing one is missing here too.

    Raises:
        ModelError: what holds settings is of another type.
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
    """Values that the runtime has no code for, a line each."""
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
    """Whether a checkpoint may hold the tensor though the task does not use it: it is not carried then."""
    kind = architecture(config.architecture)
    modules = {module.format(prefix=config.prefix) for module in SETTINGS[config.architecture].unused}
    for head in kind.heads.values():
        modules |= {module for module in (head.output, head.dense, head.norm) if module}
    modules = {module.format(prefix=config.prefix) for module in modules}
    used = head_names(model_type, config)
    own = {module for module in (used.output, used.dense, used.norm) if module} if used else set()
    module = name.rpartition(".")[0]
    return module not in own and any(name == part or name.startswith(f"{part}.") for part in modules)
