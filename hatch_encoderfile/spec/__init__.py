"""The declared spec of a model: `[tool.encoderfile]` in pyproject.toml, or Mozilla's encoderfile.yml."""

from __future__ import annotations

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.spec.model import Fixed, Layout, ModelFiles, ModelSpec, TokenizerOverrides
from hatch_encoderfile.spec.read import find_spec, read_spec

__all__ = [
    "Fixed",
    "Layout",
    "ModelFiles",
    "ModelSpec",
    "ModelType",
    "TokenizerOverrides",
    "find_spec",
    "read_spec",
]
