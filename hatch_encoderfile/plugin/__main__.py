"""``python -m hatch_encoderfile.plugin``, in the source tree: write the table of options in docs/reference/hatch.md anew."""

from __future__ import annotations

from pathlib import Path

from .options import with_options

if __name__ == "__main__":
    page = Path("docs", "reference", "hatch.md")
    page.write_text(with_options(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
