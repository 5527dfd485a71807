"""Sigstore bundles: made, read and checked, with the keys, identities and trusted roots that they rest on."""
