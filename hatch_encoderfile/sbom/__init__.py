"""The software bill of materials (SBOM, CycloneDX 1.6) of a file, embedded in it and beside it."""
