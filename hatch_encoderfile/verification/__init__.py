"""`verify --sigstore`: what is demanded of a file, whether it is met, and the report."""
