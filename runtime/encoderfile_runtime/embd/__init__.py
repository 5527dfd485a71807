"""EMBD weights: mapped, checked, and used in place."""
