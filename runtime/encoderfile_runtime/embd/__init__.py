"""EMBD weights, the format of cpp_embedder's `weight-format.md` 1.0: mapped, checked, and used in place."""
