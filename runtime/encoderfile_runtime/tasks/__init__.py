"""What is computed from hidden states: sentence embeddings, classes of texts and of tokens.

Hidden states come as one (tokens, hidden) array a text, special tokens included.
"""

from .heads import Head
from .sentences import POOLINGS, Dense, SentenceEmbedding, pool

__all__ = ["POOLINGS", "Dense", "Head", "SentenceEmbedding", "pool"]
