"""Base binaries: the programs with which encoderfiles begin, copied verbatim."""

from .resolve import BaseBinary, Source, obtain, resolve

__all__ = ["BaseBinary", "Source", "obtain", "resolve"]
