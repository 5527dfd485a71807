"""Weights files on the build side: reading, writing and converting safetensors, EMBD and cpp_embedder's sequential files."""
