"""SLSA provenance: what was built from what, by whom, and how much of that can be shown."""
