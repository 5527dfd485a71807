"""Which module describes an architecture; a model loads the one it needs."""

from importlib import import_module

from .architecture import Architecture

ARCHITECTURES = {
    "albert": ("bert", "ALBERT"),
    "bert": ("bert", "BERT"),
    "camembert": ("bert", "ROBERTA"),
    "deberta-v2": ("deberta", "DEBERTA_V2"),
    "distilbert": ("distilbert", "DISTILBERT"),
    "electra": ("bert", "ELECTRA"),
    "gte": ("rotary", "GTE"),
    "modernbert": ("modernbert", "MODERNBERT"),
    "mpnet": ("mpnet", "MPNET"),
    "new": ("rotary", "GTE"),
    "nomic_bert": ("rotary", "NOMIC_BERT"),
    "roberta": ("bert", "ROBERTA"),
    "xlm-roberta": ("bert", "ROBERTA"),
}
"""By `model_type` in config.json: the module and the name in it."""


def architecture(model_type: str) -> Architecture:
    """The architecture of that `model_type`; KeyError where there is none."""
    module, name = ARCHITECTURES[model_type]
    found: Architecture = getattr(import_module(f"{__package__}.{module}"), name)
    return found
