"""DeBERTa-v2 and v3 (He et al. 2020, 2021): content and distance have scores of their own, with shared projections."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

DEBERTA_V2 = Architecture(
    prefixes=("", "deberta."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings="embeddings.position_embeddings",
    token_type_embeddings="embeddings.token_type_embeddings",  # noqa: S106 - a tensor's name
    embeddings_norm="embeddings.LayerNorm",
    projection="embeddings.embed_proj",
    norm_projected=True,
    unbiased=("projection",),
    positions="disentangled",
    tables={"distances": "encoder.rel_embeddings", "distances_norm": "encoder.LayerNorm"},
    layer=LayerNames(
        qkv=(
            "encoder.layer.{}.attention.self.query_proj",
            "encoder.layer.{}.attention.self.key_proj",
            "encoder.layer.{}.attention.self.value_proj",
        ),
        attention_output="encoder.layer.{}.attention.output.dense",
        attention_norm="encoder.layer.{}.attention.output.LayerNorm",
        inner=("encoder.layer.{}.intermediate.dense",),
        output="encoder.layer.{}.output.dense",
        output_norm="encoder.layer.{}.output.LayerNorm",
    ),
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="pooler.dense", activation="gelu"),
        ModelType.TOKEN_CLASSIFICATION: HeadNames("classifier"),
    },
)
