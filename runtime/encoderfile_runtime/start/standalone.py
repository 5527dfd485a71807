"""Where a standalone base starts: its program has set up the interpreter, and this runs the command line."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

import _encoderfile_base  # type: ignore[import-not-found]  # made by the base's program

from encoderfile_runtime.start.main import main


def run() -> NoReturn:
    """Run the executable's command line, and end the process."""
    gc.enable()  # main decides from here on
    exit_code = main(_encoderfile_base.self_path, sys.argv[1:])
    # As in `launcher`: all is written, and to take apart what was imported would take longer than some commands.
    os._exit(exit_code)
