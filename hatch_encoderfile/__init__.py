"""The build side: a declared model in, one deterministic executable file out."""

from encoderfile_runtime import __version__

__all__ = ["__version__"]
