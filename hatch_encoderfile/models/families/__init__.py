"""config.json of each family of encoders: every key that its reference implementation reads has a row in its table.

The reference is transformers 5.24 and, for GTE ("new") and NomicBERT, the code that came with the published checkpoints too.
`tests/models/test_config_keys.py` compares the tables with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import bert, deberta, distilbert, modernbert, mpnet, rotary
from .reading import Reading, read

if TYPE_CHECKING:
    from encoderfile_runtime.format.model_type import ModelType

    from .rows import Family, Json

__all__ = ["FAMILIES", "Reading", "family_of", "read_config"]

FAMILIES: dict[str, Family] = {
    "albert": bert.ALBERT,
    "bert": bert.BERT,
    "camembert": bert.CAMEMBERT,
    "deberta-v2": deberta.DEBERTA_V2,
    "distilbert": distilbert.DISTILBERT,
    "electra": bert.ELECTRA,
    "gte": rotary.GTE,
    "modernbert": modernbert.MODERNBERT,
    "mpnet": mpnet.MPNET,
    "new": rotary.NEW,
    "nomic_bert": rotary.NOMIC_BERT,
    "roberta": bert.ROBERTA,
    "xlm-roberta": bert.XLM_ROBERTA,
}
"""By `model_type`; the keys are those of the runtime's catalogue."""


def family_of(config: Json) -> Family:
    """The table for a config.json whose `model_type` is known; NomicBERT's published spelling has a table of its own."""
    if config["model_type"] == "nomic_bert" and "n_embd" in config:
        return rotary.NOMIC_BERT_PUBLISHED
    return FAMILIES[config["model_type"]]


def read_config(config: Json, model_type: ModelType) -> Reading:
    """What a config.json, whose `model_type` is known, says for a task."""
    return read(family_of(config), config["model_type"], config, model_type)
