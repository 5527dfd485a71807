"""How each ingredient is compiled: one module each, with `NEEDS` and `build`."""
