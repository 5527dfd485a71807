"""MPNet, by transformers' `MPNetConfig`; the padding's id is 1 in its code, whatever `pad_token_id` says."""

from __future__ import annotations

from .common import BASE, NO_DECODER, sizes
from .rows import Family, Only

MPNET = Family(
    BASE
    | NO_DECODER
    | sizes(vocab=30527, hidden=768, layers=12, heads=12, inner=3072, positions=512, activation="gelu")
    | {"relative_attention_num_buckets": Only((32,), 32)},
    ("{prefix}embeddings.position_ids", "{prefix}pooler", "lm_head", "qa_outputs"),
    lambda keys, found: {"type_vocab_size": 0},  # noqa: ARG005 - not in config.json
)
