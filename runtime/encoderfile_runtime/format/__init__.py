"""The file format: reading the container and the manifest, and verification of every byte."""
