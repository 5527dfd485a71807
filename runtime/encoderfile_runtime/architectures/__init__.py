"""Encoder architectures as data: what each calls its parts, and in which named ways it differs from BERT.

Names are those of Hugging Face's transformers or, where it reads them so, of the published checkpoints.
"""

# Annotations are not postponed in this package: NamedTuple would compile each one from a string, 3 ms at every start.
from .architecture import Architecture, HeadNames, LayerNames
from .catalogue import ARCHITECTURES, architecture
from .config import EncoderConfig
from .tensors import encoder_tensors, head_names, head_tensors

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "EncoderConfig",
    "HeadNames",
    "LayerNames",
    "architecture",
    "encoder_tensors",
    "head_names",
    "head_tensors",
]
