"""Pre-tokenizers: text to words."""
