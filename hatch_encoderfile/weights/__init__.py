"""Weights on the build side: safetensors, EMBD and cpp_embedder's sequential files in, EMBD and the others out."""
