"""The recipes that compile the ingredients: one module each, with `NEEDS` and `build`."""
