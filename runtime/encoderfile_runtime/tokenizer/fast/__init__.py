"""Fast paths: whole chains of components done in one pass, with the same result."""
