"""Typer's commands and groups, with the house's manners: plain help where colours are not wanted, and suggestions."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from encoderfile_runtime.errors import UsageError

from . import output


class Command(TyperCommand):
    """A command; every one of the command line is of this class."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        for parameter in self.params:
            # Opening a file says why it cannot be read, and that is no fault of the command line.
            if hasattr(parameter.type, "readable"):
                parameter.type.readable = False

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        _choose_colors()
        super().format_help(ctx, formatter)


class Group(TyperGroup):
    """Commands under one name."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        _choose_colors()
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the options before the command; without a command, print the help and fail."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name.

        Raises:
            UsageError: there is none; with the nearest name.
        """
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:  # a shell that asks for completions is told nothing
            from hatch_encoderfile.schema.reader import did_you_mean

            hint = did_you_mean(cmd_name, self.list_commands(ctx))
            raise UsageError(f"no command {cmd_name!r}{hint}: try {ctx.command_path} --help")
        return found


def _choose_colors() -> None:
    """Help without a colour where there is to be none.

    rich would write bold letters with NO_COLOR, and Typer colours a pipe where it sees a variable of a CI service.
    """
    from typer import rich_utils

    rich_utils.COLOR_SYSTEM = None if output.is_plain(sys.stdout) else "auto"
