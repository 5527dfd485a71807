"""BERT (Devlin et al. 2018) and its nearest relatives, which differ in names, positions and heads."""

from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames, LayerNames

_TOKENS = HeadNames("classifier")
_POOLED = {
    ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="{prefix}pooler.dense"),
    ModelType.TOKEN_CLASSIFICATION: _TOKENS,
}

BERT = Architecture(
    prefixes=("", "bert."),
    word_embeddings="embeddings.word_embeddings",
    position_embeddings="embeddings.position_embeddings",
    token_type_embeddings="embeddings.token_type_embeddings",  # noqa: S106 - a tensor's name
    embeddings_norm="embeddings.LayerNorm",
    layer=LayerNames(
        qkv=(
            "encoder.layer.{}.attention.self.query",
            "encoder.layer.{}.attention.self.key",
            "encoder.layer.{}.attention.self.value",
        ),
        attention_output="encoder.layer.{}.attention.output.dense",
        attention_norm="encoder.layer.{}.attention.output.LayerNorm",
        inner=("encoder.layer.{}.intermediate.dense",),
        output="encoder.layer.{}.output.dense",
        output_norm="encoder.layer.{}.output.LayerNorm",
    ),
    heads=_POOLED,
)

ROBERTA = BERT._replace(  # Liu et al. 2019: positions begin after the padding's id, 1
    prefixes=("", "roberta."),
    first_position=2,
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier.out_proj", dense="classifier.dense"),
        ModelType.TOKEN_CLASSIFICATION: _TOKENS,
    },
)

ELECTRA = BERT._replace(  # Clark et al. 2020: embeddings of their own size
    prefixes=("", "electra."),
    projection="embeddings_project",
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames(
            "classifier.out_proj", dense="classifier.dense", activation="gelu"
        ),
        ModelType.TOKEN_CLASSIFICATION: _TOKENS,
    },
)

_ALBERT_LAYER = "encoder.albert_layer_groups.0.albert_layers.0"

ALBERT = BERT._replace(  # Lan et al. 2019: embeddings of their own size, projected; one layer, used again and again
    prefixes=("", "albert."),
    projection="encoder.embedding_hidden_mapping_in",
    always_projected=True,
    shared_layers=True,
    layer=LayerNames(
        qkv=(
            f"{_ALBERT_LAYER}.attention.query",
            f"{_ALBERT_LAYER}.attention.key",
            f"{_ALBERT_LAYER}.attention.value",
        ),
        attention_output=f"{_ALBERT_LAYER}.attention.dense",
        attention_norm=f"{_ALBERT_LAYER}.attention.LayerNorm",
        inner=(f"{_ALBERT_LAYER}.ffn",),
        output=f"{_ALBERT_LAYER}.ffn_output",
        output_norm=f"{_ALBERT_LAYER}.full_layer_layer_norm",
    ),
    heads={
        ModelType.SEQUENCE_CLASSIFICATION: HeadNames("classifier", dense="{prefix}pooler"),
        ModelType.TOKEN_CLASSIFICATION: _TOKENS,
    },
)
