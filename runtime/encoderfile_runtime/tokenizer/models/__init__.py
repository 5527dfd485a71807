"""Tokenizer models: words become tokens."""
