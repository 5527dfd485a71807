"""The command line of an encoderfile, `./model.encoderfile infer TEXT…`: dispatch to a module of `commands`."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime import __version__
from encoderfile_runtime.cli.arguments import Arguments
from encoderfile_runtime.cli.screen import say, say_lines
from encoderfile_runtime.commands import COMMANDS
from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_EXAMPLES = """examples:
  {prog} infer "a sentence" "another one"
  {prog} infer -i lines.txt -o vectors.npy
  {prog} search "how do I install it" README.md docs/*.md
  {prog} inspect --json
  {prog} verify

{prog} COMMAND --help says more.
"""


def main(path: str, arguments: Sequence[str]) -> int:
    """Run one command of the encoderfile at `path`, flush its output, and return the exit code."""
    _open_streams()
    collecting = gc.isenabled()
    gc.disable()  # until the model is loaded (`options.open_model`): nothing created before becomes garbage
    try:
        exit_code = _reported(path, arguments)
    except OSError as error:
        # Output that is still buffered would fail again when the interpreter exits, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        exit_code = 1 if isinstance(error, BrokenPipeError) else _fail(error.strerror or str(error), 1)
    finally:
        gc.unfreeze()
        (gc.enable if collecting else gc.disable)()
    return exit_code


def _reported(path: str, arguments: Sequence[str]) -> int:
    """Run one command and print its error, if any; return the exit code."""
    try:
        return _run(path, arguments)
    except EncoderfileError as error:
        return _fail(error.diagnostics(), error.exit_code)
    except KeyboardInterrupt:
        return 130
    finally:
        sys.stdout.flush()  # where main catches a failure; in a `finally`, so that it covers help, which raises SystemExit


def _open_streams() -> None:
    """Open the null device for each standard stream that was closed when the program started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - until the process ends


def _run(path: str, arguments: Sequence[str]) -> int:
    prog = printable(os.path.basename(path))  # noqa: PTH119 - pathlib is not loaded at start-up
    if [*arguments] == ["--version"]:
        return _print_version(path)
    if not arguments or arguments[0] not in COMMANDS:
        _without_command(prog, arguments)
    name, *rest = arguments
    command = import_module(f"encoderfile_runtime.commands.{name}")
    accepted = Arguments()
    command.add_arguments(accepted)
    options: Any = accepted.parse(rest)
    if options is None:
        from encoderfile_runtime.cli.usage import parse

        options = parse(f"{prog} {name}", command, rest, accepted.flags)
    options.refuse = partial(_refuse, f"{prog} {name}", command)

    from encoderfile_runtime.format.container import Container

    exit_code: int = command.run(Container(path, to_look_at=name == "inspect"), options)
    return exit_code


def _without_command(prog: str, arguments: Sequence[str]) -> NoReturn:
    """Print the help or a usage error for arguments that do not begin with a command.

    Raises:
        SystemExit: argparse printed the help or an error.
        UsageError: there is no command, and nothing else is wrong.
    """
    import argparse  # imported late: it takes longer than most commands run

    from encoderfile_runtime.cli.usage import Parser

    made = Parser(
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


def _print_version(path: str) -> int:
    from encoderfile_runtime.format.container import Container

    manifest = Container(path).manifest
    say(f"{printable(manifest.name)} {printable(manifest.version)} (encoderfile runtime {__version__})")
    return 0


def _refuse(prog: str, command: ModuleType, message: str) -> NoReturn:
    from encoderfile_runtime.cli.usage import refuse

    refuse(prog, command, message)


def _fail(text: str, exit_code: int) -> int:
    say_lines(f"error: {text}", sys.stderr)
    return exit_code
