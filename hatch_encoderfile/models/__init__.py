"""Front ends: they check a model directory and make the artifacts of it."""

from .artifacts import ModelArtifacts
from .inputs import InputFiles
from .load import load

__all__ = ["InputFiles", "ModelArtifacts", "load"]
