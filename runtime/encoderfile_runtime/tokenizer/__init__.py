"""Tokenizers of Hugging Face models, interpreted from tokenizer.json with the standard library alone."""

from .encoding import Encoding, byte_offsets
from .tokenizer import Tokenizer

__all__ = ["Encoding", "Tokenizer", "byte_offsets"]
