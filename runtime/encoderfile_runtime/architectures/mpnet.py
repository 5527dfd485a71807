"""MPNet (Song et al. 2020): RoBERTa's positions and, as in T5, a learned bias for each distance of query and key."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

MPNET = Architecture(
    prefixes=("", "mpnet."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings="embeddings.position_embeddings",
    token_type_embeddings=None,
    embeddings_norm="embeddings.LayerNorm",
    positions="relative",
    first_position=2,
    tables={"distances": "encoder.relative_attention_bias"},
    layer=LayerNames(
        qkv=(
            "encoder.layer.{}.attention.attn.q",
            "encoder.layer.{}.attention.attn.k",
            "encoder.layer.{}.attention.attn.v",
        ),
        attention_output="encoder.layer.{}.attention.attn.o",
        attention_norm="encoder.layer.{}.attention.LayerNorm",
        inner=("encoder.layer.{}.intermediate.dense",),
        output="encoder.layer.{}.output.dense",
        output_norm="encoder.layer.{}.output.LayerNorm",
    ),
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier.out_proj", dense="classifier.dense"),
        ModelType.TOKEN_CLASSIFICATION: HeadNames("classifier"),
    },
)
