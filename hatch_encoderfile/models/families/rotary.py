"""GTE and NomicBERT: transformers' `GteConfig` and `NomicBertConfig`, and the code that came with their checkpoints.

The published code: `NewConfig` of Alibaba-NLP/new-impl, `NomicBertConfig` of nomic-ai/nomic-bert-2048, which is a GPT2Config.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from .common import BASE, ENCODER_ONLY, NO_DECODER, sizes
from .rope import FLAT, flat
from .rows import Family, Field, Only, derived, harmless

if TYPE_CHECKING:
    from .keys import Keys
    from .rows import Json, Row


def _flat(keys: Keys, found: Json, *, theta: float) -> Json:
    _head_dim(keys, found)
    return flat(keys, theta, found["max_position_embeddings"])


def _head_dim(keys: Keys, found: Json) -> None:
    """The heads together are as wide as the hidden size."""
    width, size, heads = keys.get("head_dim"), found["hidden_size"], found["num_attention_heads"]
    if width is not None and not (type(width) is type(size) is type(heads) is int and width * heads == size):
        keys.fault("head_dim", f"{width!r} is not supported, expected hidden_size over num_attention_heads")


def _new(keys: Keys, _: Json) -> Json:
    """Fixed NTK scaling of base and frequencies is all that the published code has."""
    table = keys.table("rope_scaling")
    found: Json = {"rope_theta": keys.get("rope_theta", 10000.0)}
    if table is not None:
        kind = table.get("type")
        if kind != "ntk":
            table.fault("type", f"{kind!r} is not supported, expected 'ntk'")
        if table.get("mixed_b") is not None:
            table.fault("mixed_b", f"{table.get('mixed_b')!r} is not supported, expected null")
        found["rope_scaling"] = {"rope_type": "ntk", "factor": table.get("factor")}
        table.close(())
    return found


_ACTIVATIONS = {"geglu": "gelu", "glu": "sigmoid", "swiglu": "silu"}


def _nomic_published(keys: Keys, found: Json) -> Json:
    """The activation names the gate too; without one the feed-forward layer is another."""
    activation: Any = keys.get("activation_function", "gelu_new")
    if not isinstance(activation, str) or activation not in _ACTIVATIONS:
        keys.fault("activation_function", f"{activation!r} is not supported, expected one of {', '.join(_ACTIVATIONS)}")
    elif keys.get("hidden_act", _ACTIVATIONS[activation]) != _ACTIVATIONS[activation]:
        keys.fault("hidden_act", f"{keys.get('hidden_act')!r}, but activation_function says {activation!r}: remove one")
    keys.sources["intermediate_size"], inner = keys.agreed(("n_inner", "intermediate_size"), None)
    hidden = found["hidden_size"]
    return {
        "hidden_act": _ACTIVATIONS.get(str(activation), "silu"),
        "intermediate_size": 4 * hidden if inner is None and type(hidden) is int else inner,
    }


_GTE_ONLY: dict[str, Row] = {
    "layer_norm_type": Only(("layer_norm",), "layer_norm"),
    "logn_attention_scale": Only((False,), False),
    "pack_qkv": Only((True,), True),
    "position_embedding_type": Only(("rope",), "rope"),
    "type_vocab_size": Field("type_vocab_size", 1),
}
_GTE_CODE = _GTE_ONLY | harmless("logn_attention_clip1 unpad_inputs use_memory_efficient_attention")
_UNUSED = ("{prefix}embeddings.position_ids", "{prefix}pooler", "lm_head", "qa_outputs")

GTE = Family(
    BASE
    | NO_DECODER
    | _GTE_CODE
    | sizes(vocab=250048, hidden=768, layers=12, heads=12, inner=3072, positions=8192, activation="gelu")
    | FLAT
    | derived("head_dim"),
    _UNUSED,
    partial(_flat, theta=160000.0),
    re.compile(r"(configuration|modeling)_hf_alibaba_nlp_gte\.Gte\w+"),
)
NEW = Family(
    BASE
    | ENCODER_ONLY
    | _GTE_CODE
    | sizes(vocab=30528, hidden=768, layers=12, heads=12, inner=3072, positions=2048, activation="gelu")
    | derived("rope_scaling rope_theta"),
    _UNUSED,
    _new,
    re.compile(r"(Alibaba-NLP/[\w.-]+--)?(configuration|modeling)\.New\w+"),
)

_NOMIC_CODE = re.compile(r"(nomic-ai/[\w.-]+--)?(configuration|modeling)_hf_nomic_bert\.NomicBert\w+")
_NOMIC_UNUSED = ("{prefix}pooler", "cls", "{prefix}embeddings.position_ids")

NOMIC_BERT = Family(
    BASE
    | NO_DECODER
    | sizes(vocab=30528, hidden=768, layers=12, heads=12, inner=3072, positions=2048, types=2, activation="silu")
    | FLAT
    | derived("head_dim"),
    _NOMIC_UNUSED,
    partial(_flat, theta=1000.0),
    _NOMIC_CODE,
)
NOMIC_BERT_PUBLISHED = Family(
    BASE
    | NO_DECODER
    | {
        "causal": Only((False,), False),
        "layer_norm_epsilon": Field("layer_norm_eps", 1e-5, ("layer_norm_eps",)),
        "mlp_fc1_bias": Only((False,), True),
        "mlp_fc2_bias": Only((False,), True),
        "moe_every_n_layers": Only((0, -1, None), 0),
        "n_embd": Field("hidden_size", 768, ("hidden_size",)),
        "n_head": Field("num_attention_heads", 12, ("num_attention_heads",)),
        "n_layer": Field("num_hidden_layers", 12, ("num_hidden_layers",)),
        "n_positions": Field("max_position_embeddings", 1024, ("max_position_embeddings",)),
        "num_experts": Only((0, 1, None), 0),
        "parallel_block": Only((False,), False),
        "prenorm": Only((False,), False),
        "qkv_proj_bias": Only((False,), True),
        "rope_parameters": Only((None, {}), None),
        "rope_scaling": Only((None, {}), None),
        "rotary_emb_base": Field("rope_theta", 10000.0, ("rope_theta",)),
        "rotary_emb_fraction": Only((1,), 0.0),
        "rotary_emb_interleaved": Only((False,), False),
        "rotary_emb_scale_base": Only((None,), None),
        "rotary_scaling_factor": Only((None,), None),
        "scale_attn_by_inverse_layer_idx": Only((False,), False),
        "scale_attn_weights": Only((True,), True),
        "type_vocab_size": Field("type_vocab_size", 2),
        "use_rms_norm": Only((False,), False),
        "vocab_size": Field("vocab_size", 50257),
    }
    | derived("activation_function hidden_act intermediate_size n_inner")
    | harmless(
        "attn_pdrop dense_seq_output embd_pdrop expert_choice_router fused_bias_fc fused_dropout_add_ln max_trained_positions "
        "moe_top_k pad_vocab_size_multiple parallel_block_tied_norm reorder_and_upcast_attn resid_pdrop "
        "summary_activation summary_first_dropout summary_proj_to_labels summary_type "
        "summary_use_proj use_flash_attn use_xentropy"
    ),
    _NOMIC_UNUSED,
    _nomic_published,
    _NOMIC_CODE,
)
