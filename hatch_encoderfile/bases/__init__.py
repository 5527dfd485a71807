"""Base binaries: what an encoderfile begins with, copied verbatim."""

from .resolve import BaseBinary, resolve

__all__ = ["BaseBinary", "resolve"]
