"""The commands of `encoderfile`, and what becomes of errors."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from encoderfile_runtime.errors import EncoderfileError

from . import output
from .command import Command, Group

if TYPE_CHECKING:
    from .command import Runnable

_INTERRUPTED = 130
# Each with its module, its function there, and the name of its examples; a group has none. Only the one that runs is imported.
_COMMANDS = {
    "build": ("build", "build", "EXAMPLES"),
    "inspect": ("look", "inspect", "INSPECT_EXAMPLES"),
    "verify": ("verify", "verify", "EXAMPLES"),
    "sign": ("sign", "sign", "EXAMPLES"),
    "extract": ("look", "extract", "EXTRACT_EXAMPLES"),
    "sbom": ("sbom", "sbom", "EXAMPLES"),
    "reproduce": ("reproduce", "reproduce", "EXAMPLES"),
    "diff": ("compare", "diff", "EXAMPLES"),
    "base": ("base", "app", ""),
    "weights": ("weights", "app", ""),
    "version": ("look", "version", ""),
}


def _load(module: str, name: str, examples: str) -> Runnable:
    found = import_module(f".{module}", __package__)
    made = getattr(found, name)
    return made if isinstance(made, Group) else Command(made, getattr(found, examples, ""))


app = Group(
    "Turn a declared encoder model into one executable file; look at such files, check them, take them apart.",
    {name: partial(_load, *where) for name, where in _COMMANDS.items()},
)


def main() -> NoReturn:
    """Run a command and exit; an error that a user can act on becomes a line and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin, and no command needs two
    # A command ends before there is garbage worth looking for, and all that there is goes with the process.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        app.run("encoderfile", sys.argv[1:])
        sys.stdout.flush()  # here, where its failure is caught
        sys.exit(0)
    except EncoderfileError as error:
        output.error(error.diagnostics())
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            place = "" if error.filename is None else f"{error.filename}: "
            output.error(f"{place}{error.strerror or error}")
        # What is left to write would fail again when the interpreter exits, with a traceback.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _terminated(number: int, _: object) -> None:
    """End as after any error, so that no temporary file stays behind."""
    sys.exit(128 + number)
