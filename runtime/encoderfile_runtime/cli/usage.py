"""Help, and what is said of a command line that is wrong: argparse knows how."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from encoderfile_runtime.commands import COMMANDS
from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import ModuleType

_EXAMPLES = """examples:
  {prog} infer "a sentence" "another one"
  {prog} infer -i lines.txt -o vectors.npy
  {prog} search "how do I install it" README.md docs/*.md
  {prog} inspect --json
  {prog} verify

{prog} COMMAND --help says more.
"""


def parse(prog: str, command: ModuleType, arguments: Sequence[str], flags: Collection[str]) -> argparse.Namespace:
    """The options of a command that only argparse understands; `flags` are those that take no value.

    Raises:
        SystemExit: it does not, and has said so, or it has printed the help.
    """
    return _parser(prog, command).parse_args(options_first(arguments, ("-h", "--help", *flags)))


def refuse(prog: str, command: ModuleType, message: str) -> NoReturn:
    """Say what is wrong with the options of a command, and raise SystemExit."""
    _parser(prog, command).error(message)


def _parser(prog: str, command: ModuleType) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog=prog,
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(made)
    return made


def options_first(
    arguments: Sequence[str], flags: Collection[str], check: Callable[[str], None] = lambda _: None
) -> list[str]:
    """The same arguments, but options before the others: argparse loses a list that an option divides.

    Args:
        arguments: of a command.
        flags: the options that take no value.
        check: told the name of each option; it may raise.
    """
    options: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            others += rest
        elif argument.startswith("-") and argument != "-":
            check(argument.partition("=")[0])
            options.append(argument)
            whole = "=" in argument or not (argument.startswith("--") or len(argument) == 2)
            if argument not in flags and not whole:
                options += [value for value in [next(rest, None)] if value is not None]
        else:
            others.append(argument)
    return [*options, "--", *others] if others else options


def without_command(prog: str, arguments: Sequence[str]) -> NoReturn:
    """Print the help, or say what is wrong where there is no command.

    Raises:
        SystemExit: as `parse`.
        UsageError: nothing is wrong but that.
    """
    made = argparse.ArgumentParser(
        prog=prog,
        description="A model and what runs it, in one file.",
        epilog=_EXAMPLES.format(prog=f"./{prog}"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="store_true", help="print the model's and the runtime's version")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    for name, help_ in COMMANDS.items():
        commands.add_parser(name, help=help_, add_help=False)
    made.parse_args(arguments)
    raise UsageError(f"no command: try {prog} --help")
