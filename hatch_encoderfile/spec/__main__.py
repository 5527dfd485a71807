"""``python -m hatch_encoderfile.spec``, in the source tree: write the generated schemas and documentation anew."""

from __future__ import annotations

from pathlib import Path

from hatch_encoderfile.spec.generated import write

if __name__ == "__main__":
    write(Path.cwd())
