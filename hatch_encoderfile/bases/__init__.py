"""Base binaries: what an encoderfile begins with, copied verbatim."""

from .resolve import BaseBinary, Source, obtain, resolve

__all__ = ["BaseBinary", "Source", "obtain", "resolve"]
