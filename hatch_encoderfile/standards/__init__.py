"""Standards used by several packages: strict and canonical JSON, package URLs, SPDX licence expressions."""
