"""What is computed from hidden states: sentence embeddings, classes of texts and of tokens.

Hidden states come as one (tokens, hidden) array a text, special tokens included.
"""

from .heads import Head
from .sentences import POOLINGS, Dense, SentenceEmbedding, pool

__all__ = ["POOLINGS", "PROBLEM_TYPES", "Dense", "Head", "SentenceEmbedding", "pool"]

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")
"""Of classifiers, as transformers calls them; they decide how logits become scores."""
