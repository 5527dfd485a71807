"""Standards that several packages speak: strict and canonical JSON, package URLs, SPDX licence expressions."""
