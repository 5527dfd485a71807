"""The runtime that rides in every encoderfile: reads the format, runs the model, in numpy and the standard library.

from encoderfile_runtime import load
vectors = load("minilm.encoderfile").encode(["A sentence.", "Another one."])  # (2, 384) float32
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loading import load_path as load

__all__ = ["__version__", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`load`, when it is first asked for: numpy takes longer to import than a command that needs no model."""
    if name == "load":
        from .loading import load_path

        return load_path
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
