"""Fast paths: the whole pipeline of a common tokenizer done in one pass, with the same result."""
