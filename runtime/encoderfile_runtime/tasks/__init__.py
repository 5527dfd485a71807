"""Results from hidden states: sentence embeddings, and the classes of texts and of tokens.

Hidden states come as one (tokens, hidden) array a text, special tokens included.
"""

from .heads import Head
from .sentences import POOLINGS, Dense, Norm, SentenceEmbedding, pool

__all__ = ["POOLINGS", "PROBLEM_TYPES", "Dense", "Head", "Norm", "SentenceEmbedding", "pool"]

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")
"""Kinds of classifiers, in the words of transformers' `config.problem_type`; they decide how logits become scores."""
