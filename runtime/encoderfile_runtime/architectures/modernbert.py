"""ModernBERT (Warner et al. 2024): norms first, no biases, rotary positions, a gate, and windows in most layers."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

_HEAD = HeadNames("classifier", dense="head.dense", activation="gelu", dense_bias=False, norm="head.norm")

MODERNBERT = Architecture(
    prefixes=("", "model."),
    word_embeddings="embeddings.tok_embeddings",
    position_embeddings=None,
    token_type_embeddings=None,
    embeddings_norm="embeddings.norm",
    positions="rotary",
    norm_first=True,
    first_norm=False,
    gate=0,
    unbiased=("qkv", "attention_output", "inner", "output", "norm"),
    final_norm="final_norm",
    layer=LayerNames(
        qkv=("layers.{}.attn.Wqkv",),
        attention_output="layers.{}.attn.Wo",
        attention_norm="layers.{}.attn_norm",
        inner=("layers.{}.mlp.Wi",),
        output="layers.{}.mlp.Wo",
        output_norm="layers.{}.mlp_norm",
    ),
    heads={ModelType.SEQUENCE_CLASSIFICATION: _HEAD, ModelType.TOKEN_CLASSIFICATION: _HEAD},
)
