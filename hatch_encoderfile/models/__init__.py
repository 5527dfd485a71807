"""Front ends: a model directory in, canonical artifacts out."""

from .artifacts import ModelArtifacts
from .inputs import InputFiles
from .load import load

__all__ = ["InputFiles", "ModelArtifacts", "load"]
