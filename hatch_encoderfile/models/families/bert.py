"""BERT and its nearest relatives, by transformers' `BertConfig`, `RobertaConfig`, `ElectraConfig` and so on."""

from __future__ import annotations

from .common import BASE, ENCODER_ONLY, NO_DECODER, sizes
from .rows import Family, Field, Only, harmless

_ABSOLUTE = {"position_embedding_type": Only(("absolute",), "absolute")}
"""transformers 5 ignores the key; to version 4 other values meant other positions."""

_BERT = sizes(vocab=30522, hidden=768, layers=12, heads=12, inner=3072, positions=512, types=2, activation="gelu")
_UNUSED = ("{prefix}embeddings.position_ids", "{prefix}pooler", "qa_outputs")

BERT = Family(BASE | ENCODER_ONLY | _ABSOLUTE | _BERT, (*_UNUSED, "cls"))

_ROBERTA = BASE | ENCODER_ONLY | _ABSOLUTE | _BERT | {"pad_token_id": Only((1,), 1)}  # positions begin after it
CAMEMBERT = XLM_ROBERTA = Family(_ROBERTA, (*_UNUSED, "lm_head"))
ROBERTA = Family(_ROBERTA | {"vocab_size": Field("vocab_size", 50265)}, (*_UNUSED, "lm_head"))

ELECTRA = Family(
    BASE
    | ENCODER_ONLY
    | _ABSOLUTE
    | sizes(vocab=30522, hidden=256, layers=12, heads=4, inner=1024, positions=512, types=2, activation="gelu")
    | {"embedding_size": Field("embedding_size", 128)}
    # of the heads for multiple choice
    | harmless("summary_type summary_use_proj summary_activation summary_last_dropout"),
    (*_UNUSED, "discriminator_predictions", "generator_predictions", "generator_lm_head", "sequence_summary"),
)

ALBERT = Family(
    BASE
    | NO_DECODER
    | _ABSOLUTE
    | sizes(vocab=30000, hidden=4096, layers=12, heads=64, inner=16384, positions=512, types=2, activation="gelu_new")
    | {
        "embedding_size": Field("embedding_size", 128),
        "inner_group_num": Only((1,), 1),
        "num_hidden_groups": Only((1,), 1),
    }
    | harmless("classifier_dropout_prob down_scale_factor gap_size net_structure_type num_memory_blocks"),
    (*_UNUSED, "predictions", "sop_classifier"),
)
