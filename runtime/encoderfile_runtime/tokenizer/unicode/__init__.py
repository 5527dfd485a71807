"""The Unicode data and algorithms of the `tokenizers` library, independent of Python's version of Unicode."""
