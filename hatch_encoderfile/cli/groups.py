"""Typer's commands and groups with our conventions: one-line errors with suggestions, and help without colours in pipes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.escaping import printable

from . import output

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Common:
    """Overrides for both commands and groups."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments.

        Raises:
            UsageError: they are invalid.
        """
        with _usage_errors(ctx):
            left: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]  # of Typer's class beside this one
            return left

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help, without colours if they are not wanted.

        With NO_COLOR, rich would still write bold text; and Typer colours pipes if it finds a CI service's variable.
        """
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None if output.is_plain(sys.stdout) else "auto"
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Common, TyperCommand):
    """A command; all commands of the command line are of this class."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):  # FILE and NAMES..., as help texts and examples name them
                parameter.metavar = f"{parameter.name}{'...' * (parameter.nargs == -1)}".upper()
            # Typer would report an unreadable file as a usage error, without the reason; opening it reports that.
            if hasattr(parameter.type, "readable"):
                parameter.type.readable = False


class Group(_Common, TyperGroup):
    """A group of commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options before the command; without a command, print the help and fail.

        Raises:
            UsageError: they are invalid.
        """
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name.

        Raises:
            UsageError: there is none; the message suggests the nearest name.
        """
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:  # no errors while completing in a shell
            hint = _did_you_mean(cmd_name, self.list_commands(ctx))
            raise UsageError(f"no command {cmd_name!r}{hint}: try {ctx.command_path} --help")
        return found


@contextmanager
def _usage_errors(ctx: Any) -> Iterator[None]:
    """Turn Typer's errors about arguments into UsageErrors: one line that ends with a pointer to the help."""
    try:
        yield
    except typer.TyperException as error:
        if hasattr(error, "possibilities"):  # an option that the command does not have
            name = getattr(error, "option_name", "")
            known = [name for item in ctx.command.get_params(ctx) for name in (*item.opts, *item.secondary_opts)]
            message = f"no option {name}{_did_you_mean(name, [name for name in known if name.startswith('--')])}"
        else:
            said = error.format_message().rstrip(".")
            message = said[:1].lower() + said[1:]
        raise UsageError(f"{printable(message)}: try {ctx.command_path} --help") from None


def _did_you_mean(name: str, known: list[str]) -> str:
    from hatch_encoderfile.messages import did_you_mean  # imported late: only mistakes need it

    return did_you_mean(name, known)
