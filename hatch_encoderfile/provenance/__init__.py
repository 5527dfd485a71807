"""SLSA provenance: what a file was built from, by whom and how."""
