"""Two models, each an executable that is installed beside this file."""

from __future__ import annotations

from pathlib import Path


def executable(name: str) -> Path:
    """The path of `questions` or `passages`."""
    path = Path(__file__).with_name(f"{name}.encoderfile")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not there; an editable install leaves it out")
    return path
