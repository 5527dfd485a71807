"""DistilBERT, by transformers' `DistilBertConfig`: it has names of its own for most sizes, and norms leave no choice."""

from __future__ import annotations

from .common import BASE, NO_DECODER
from .rows import Family, Field, Only, harmless

DISTILBERT = Family(
    BASE
    | NO_DECODER
    | {
        "activation": Field("hidden_act", "gelu"),
        "dim": Field("hidden_size", 768, ("hidden_size",)),
        "hidden_dim": Field("intermediate_size", 3072),
        "max_position_embeddings": Field("max_position_embeddings", 512),
        "n_heads": Field("num_attention_heads", 12, ("num_attention_heads",)),
        "n_layers": Field("num_hidden_layers", 6, ("num_hidden_layers",)),
        # whose values are parameters in the checkpoint all the same
        "sinusoidal_pos_embds": Only((False, True), False),
        "vocab_size": Field("vocab_size", 30522),
    }
    | harmless("dropout qa_dropout seq_classif_dropout tie_weights_"),
    (
        "{prefix}embeddings.position_ids",
        "vocab_transform",
        "vocab_layer_norm",
        "vocab_projector",
        "pre_classifier",
        "qa_outputs",
    ),
    lambda keys, found: {"layer_norm_eps": 1e-12, "type_vocab_size": 0},  # noqa: ARG005 - not in config.json
)
