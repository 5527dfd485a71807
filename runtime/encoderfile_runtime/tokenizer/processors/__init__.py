"""Post-processors: they place special tokens around sequences."""
