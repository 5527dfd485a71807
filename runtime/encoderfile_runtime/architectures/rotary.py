"""BERTs with rotary positions and a gated feed-forward layer, in the names of their published checkpoints."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

_HEADS = {
    ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="{prefix}pooler.dense"),
    ModelType.TOKEN_CLASSIFICATION: HeadNames("classifier"),
}

NOMIC_BERT = Architecture(  # Nussbaum et al. 2024: only norms have biases
    prefixes=("", "bert.", "nomic_bert."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings=None,
    token_type_embeddings="embeddings.token_type_embeddings",  # noqa: S106 - a tensor's name
    embeddings_norm="emb_ln",
    positions="rotary",
    gate=1,
    unbiased=("qkv", "attention_output", "inner", "output"),
    layer=LayerNames(
        qkv=("encoder.layers.{}.attn.Wqkv",),
        attention_output="encoder.layers.{}.attn.out_proj",
        attention_norm="encoder.layers.{}.norm1",
        inner=("encoder.layers.{}.mlp.fc11", "encoder.layers.{}.mlp.fc12"),
        output="encoder.layers.{}.mlp.fc2",
        output_norm="encoder.layers.{}.norm2",
    ),
    heads=_HEADS,
)

GTE = Architecture(  # Zhang et al. 2024; model_type is "new" in its checkpoints, "gte" in transformers
    prefixes=("", "new.", "gte."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings=None,
    token_type_embeddings="embeddings.token_type_embeddings",  # noqa: S106 - a tensor's name
    embeddings_norm="embeddings.LayerNorm",
    positions="rotary",
    gate=1,
    unbiased=("inner",),
    layer=LayerNames(
        qkv=("encoder.layer.{}.attention.qkv_proj",),
        attention_output="encoder.layer.{}.attention.o_proj",
        attention_norm="encoder.layer.{}.attn_ln",
        inner=("encoder.layer.{}.mlp.up_gate_proj",),
        output="encoder.layer.{}.mlp.down_proj",
        output_norm="encoder.layer.{}.mlp_ln",
    ),
    heads=_HEADS,
)
