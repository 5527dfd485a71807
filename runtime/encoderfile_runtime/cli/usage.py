"""Help and usage errors of a command, by argparse, which is imported only for these."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime.escaping import lines, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import ModuleType


class Parser(argparse.ArgumentParser):
    """One that quotes arguments on one line and without what could control a terminal."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and raise SystemExit."""
        super().error(printable(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(lines(message), file)


def parse(prog: str, command: ModuleType, arguments: Sequence[str], flags: Collection[str]) -> argparse.Namespace:
    """Parse with argparse the arguments that `Arguments` left to it; `flags` are the options without a value.

    Raises:
        SystemExit: argparse printed the help or a usage error.
    """
    return _parser(prog, command).parse_args(_options_first(arguments, ("-h", "--help", *flags)))


def refuse(prog: str, command: ModuleType, message: str) -> NoReturn:
    """Print a usage error of a command and raise SystemExit."""
    _parser(prog, command).error(message)


def _parser(prog: str, command: ModuleType) -> argparse.ArgumentParser:
    made = Parser(
        prog=prog,
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(made)
    return made


def _options_first(arguments: Sequence[str], flags: Collection[str]) -> list[str]:
    """Reorder arguments so that options come first: argparse refuses a positional list with an option inside it.

    Args:
        arguments: of a command.
        flags: the options without a value.
    """
    options: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            others += rest
        elif argument.startswith("-") and argument != "-":
            options.append(argument)
            whole = "=" in argument or not (argument.startswith("--") or len(argument) == 2)  # --name=value, -nvalue
            if argument not in flags and not whole:
                options += [value for value in [next(rest, None)] if value is not None]
        else:
            others.append(argument)
    return [*options, "--", *others] if others else options
