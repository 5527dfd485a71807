"""The `encoderfile` command line: it parses arguments and prints results; all decisions are made elsewhere."""

from .main import main

__all__ = ["main"]
