"""The process of the `encoderfile` command: signals, streams, and the translation of errors into exit codes."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.escaping import printable

from . import output

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run a command and exit; an error that a user can act on becomes a line and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin while they wait, and no command needs them
    # A command is too short for garbage collection to pay; memory is freed with the process.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        from .app import run

        exit_code = run(sys.argv[1:])
        sys.stdout.flush()  # here, where a failure is caught, and not at exit
        sys.exit(exit_code)
    except EncoderfileError as error:
        output.error(error.diagnostics())
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            place = "" if error.filename is None else f"{error.filename}: "
            output.error(printable(f"{place}{error.strerror or error}"))
        # Output that is still buffered would fail again when the interpreter exits, with a traceback.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _terminated(number: int, _: object) -> None:
    """Raise SystemExit on SIGTERM, so that temporary files are removed."""
    sys.exit(128 + number)
