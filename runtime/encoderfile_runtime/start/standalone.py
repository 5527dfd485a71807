"""The entry of a standalone base: its C program has set up the interpreter and calls `run`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

import _encoderfile_base  # type: ignore[import-not-found]  # made by the base's program

from encoderfile_runtime.start.main import main


def run() -> NoReturn:
    """Run the command line of the executable, and end the process."""
    gc.enable()  # the C program starts with collection disabled; main restores the state that it finds here
    exit_code = main(_encoderfile_base.self_path, sys.argv[1:])
    # Skip the interpreter's shutdown, which takes longer than some commands; main has flushed all output.
    os._exit(exit_code)
