"""`python -m encoderfile_runtime FILE COMMAND …`: the command line of an encoderfile that is not executable here."""

from __future__ import annotations

import sys

from .start.main import main


def run() -> int:
    """Start with the file named by the first argument."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print("usage: python -m encoderfile_runtime FILE COMMAND …", file=sys.stderr)
        return 2
    return main(sys.argv[1], sys.argv[2:])


if __name__ == "__main__":
    sys.exit(run())
