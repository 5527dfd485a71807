"""Pre-tokenizers: text becomes words."""
