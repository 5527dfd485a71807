"""The software bill of materials (CycloneDX 1.6) of a file, inside it and beside it."""
