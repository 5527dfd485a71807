"""The commands of `encoderfile`, and what becomes of errors."""

from __future__ import annotations

import os
import sys

import typer

from encoderfile_runtime.errors import EncoderfileError

from . import build, compare, look, weights

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
app.command(name="verify", epilog=look.VERIFY_EXAMPLES)(look.verify)
app.command(name="extract", epilog=look.EXTRACT_EXAMPLES)(look.extract)
app.command(name="diff", epilog=compare.EXAMPLES)(compare.diff)
app.add_typer(weights.app, name="weights")
app.command(name="version")(look.version)


def main() -> None:
    """Run a command; an error that a user can act on becomes a line and an exit code."""
    try:
        app()
    except EncoderfileError as error:
        from .output import stderr

        stderr().print(f"[bold red]error:[/] {_escape(error.diagnostics())}", soft_wrap=True, highlight=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
