"""Normalizers: text to text, with each character aligned to the original."""
