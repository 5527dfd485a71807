"""DistilBERT (Sanh et al. 2019): BERT without token types and pooler, under other names."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

DISTILBERT = Architecture(
    prefixes=("", "distilbert."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings="embeddings.position_embeddings",
    token_type_embeddings=None,
    embeddings_norm="embeddings.LayerNorm",
    layer=LayerNames(
        qkv=(
            "transformer.layer.{}.attention.q_lin",
            "transformer.layer.{}.attention.k_lin",
            "transformer.layer.{}.attention.v_lin",
        ),
        attention_output="transformer.layer.{}.attention.out_lin",
        attention_norm="transformer.layer.{}.sa_layer_norm",
        inner=("transformer.layer.{}.ffn.lin1",),
        output="transformer.layer.{}.ffn.lin2",
        output_norm="transformer.layer.{}.output_layer_norm",
    ),
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="pre_classifier", activation="relu"),
        ModelType.TOKEN_CLASSIFICATION: HeadNames("classifier"),
    },
)
