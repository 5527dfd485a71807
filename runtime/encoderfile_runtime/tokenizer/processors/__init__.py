"""Post-processors: special tokens are put around sequences."""
