"""The commands of `encoderfile`, and what becomes of errors."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import suppress

import typer

from encoderfile_runtime.errors import EncoderfileError

from . import build, compare, look, output, reproduce, sbom, sign, verify, weights

app = typer.Typer(
    name="encoderfile",
    help="Turn a declared encoder model into one executable file; look at such files, check them, take them apart.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)
app.command(name="build", epilog=build.EXAMPLES)(build.build)
app.command(name="inspect", epilog=look.INSPECT_EXAMPLES)(look.inspect)
app.command(name="verify", epilog=verify.EXAMPLES)(verify.verify)
app.command(name="sign", epilog=sign.EXAMPLES)(sign.sign)
app.command(name="extract", epilog=look.EXTRACT_EXAMPLES)(look.extract)
app.command(name="sbom", epilog=sbom.EXAMPLES)(sbom.sbom)
app.command(name="reproduce", epilog=reproduce.EXAMPLES)(reproduce.reproduce)
app.command(name="diff", epilog=compare.EXAMPLES)(compare.diff)
app.add_typer(weights.app, name="weights")
app.command(name="version")(look.version)


def main() -> None:
    """Run a command; an error that a user can act on becomes a line and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="encoderfile")
    except EncoderfileError as error:
        output.error(error.diagnostics())
        sys.exit(error.exit_code)
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
