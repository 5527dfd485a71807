"""`python -m hatch_encoderfile.attest` in a source tree: write its generated files."""

from __future__ import annotations

from pathlib import Path

from .generated import write

if __name__ == "__main__":
    write(Path(__file__).parents[2])
