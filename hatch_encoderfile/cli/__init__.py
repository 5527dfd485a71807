"""The `encoderfile` command line: parses and prints, decides nothing."""

from .main import main

__all__ = ["main"]
