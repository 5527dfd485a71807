"""The `encoderfile` command line: parses and prints, decides nothing."""

from .app import main

__all__ = ["main"]
