"""The Typer app `encoderfile`. Each command is a module of this package, which is imported when the command is called."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime import __version__

from . import output
from .groups import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "encoderfile"
COMMANDS = {
    "build": "Build",
    "base": "Build",
    "weights": "Build",
    "inspect": "Look inside",
    "extract": "Look inside",
    "diff": "Look inside",
    "sbom": "Look inside",
    "verify": "Trust",
    "sign": "Trust",
    "trust": "Trust",
    "reproduce": "Trust",
    "version": "About",
}
"""The commands with their panel in the help, in its order."""

_COMPLETION = "_ENCODERFILE_COMPLETE"  # set by the scripts of --show-completion when they request completions


class Commands(Group):
    """A group that imports its commands on demand: `encoderfile inspect` is the `app` of `inspect.py`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - of the base class
        """All names, in the order of the help."""
        return [*COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, imported now."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: Any = typer.main.get_command(import_module(f".{cmd_name}", __package__).app)
        command.rich_help_panel = COMMANDS[cmd_name]
        return command


app = typer.Typer(
    name=NAME,
    cls=Commands,
    help="Turn a declared encoder model into one executable file; look at such files, check them, take them apart.",
    epilog=f"{NAME} COMMAND --help says more, with examples.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        output.show(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before a command."""


def run(arguments: Sequence[str]) -> int:
    """Run a command; return the exit code.

    Not with Typer's own `main`, which would handle broken pipes and interrupts; `hatch_encoderfile.cli.main` does that.

    Raises:
        UsageError: the arguments are invalid.
        EncoderfileError: the command failed.
    """
    command = typer.main.get_command(app)
    if os.environ.get(_COMPLETION):
        command.main([*arguments], prog_name=NAME)  # answers the shell and exits
    try:
        with command.make_context(NAME, [*arguments]) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0
