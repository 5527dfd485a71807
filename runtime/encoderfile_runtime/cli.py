"""The command line of an encoderfile: `./model.encoderfile infer TEXT…`. Each command is a module of `commands`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from . import __version__
from .errors import EncoderfileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "infer": "run the model on texts",
    "classify": "the classes of texts, or the entities in them, with their scores",
    "similarity": "how alike two texts are, by their embeddings",
    "rank": "documents by how well they fit a query",
    "search": "the lines of files that fit a query best",
    "tokenize": "the tokens of texts, their ids and offsets",
    "bench": "how fast this model is on this machine",
    "inspect": "show what is in this file",
    "verify": "check every byte of this file",
}
"""Names of the modules in `commands` with what they do."""

_FLAGS = ("-h", "--help", "--json")  # options of commands that take no value

_EXAMPLES = """examples:
  {prog} infer "a sentence" "another one"
  {prog} infer -i lines.txt -o vectors.npy
  {prog} search "how do I install it" README.md docs/*.md
  {prog} inspect --json
  {prog} verify

{prog} COMMAND --help says more.
"""


def main(path: str, arguments: Sequence[str]) -> int:
    """Run one command of the encoderfile at `path`; the exit code."""
    collecting = gc.isenabled()
    gc.disable()  # until the model is loaded: nothing that is made until then is garbage
    try:
        return _run(path, arguments)
    except EncoderfileError as error:
        return _fail(error.diagnostics(), error.exit_code)
    except OSError as error:
        # What is left to write would fail again when the interpreter exits, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else _fail(error.strerror or str(error), 1)
    except KeyboardInterrupt:
        return 130
    finally:
        (gc.enable if collecting else gc.disable)()


def _run(path: str, arguments: Sequence[str]) -> int:
    prog = os.path.basename(path)  # noqa: PTH119 - pathlib is not loaded at start-up
    if not arguments or arguments[0] not in COMMANDS:
        return _without_command(path, prog, arguments)
    name = arguments[0]
    command = import_module(f".commands.{name}", __package__)
    parser = argparse.ArgumentParser(
        prog=f"{prog} {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    options = parser.parse_args(_options_first(arguments[1:]))
    options.refuse = parser.error

    from .container import Container

    exit_code: int = command.run(Container(path), options)
    sys.stdout.flush()  # here, where its failure is caught
    return exit_code


def _options_first(arguments: Sequence[str]) -> list[str]:
    """The same arguments, but options before the others: argparse loses a list of files that an option divides."""
    options: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            others += rest
        elif argument.startswith("-") and argument != "-":
            options.append(argument)
            whole = "=" in argument or not (argument.startswith("--") or len(argument) == 2)
            if argument not in _FLAGS and not whole:
                options += [value for value in [next(rest, None)] if value is not None]
        else:
            others.append(argument)
    return [*options, "--", *others] if others else options


def _without_command(path: str, prog: str, arguments: Sequence[str]) -> int:
    """`--help` and `--version`; anything else is an error that names the commands."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A model and what runs it, in one file.",
        epilog=_EXAMPLES.format(prog=f"./{prog}"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the model's and the runtime's version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, help_ in COMMANDS.items():
        commands.add_parser(name, help=help_, add_help=False)
    options = parser.parse_args(arguments)
    if not options.version:
        raise UsageError(f"no command: try {prog} --help")

    from .container import Container
    from .report import printable

    manifest = Container(path).manifest
    print(printable(f"{manifest.name} {manifest.version} (encoderfile runtime {__version__})"))
    sys.stdout.flush()
    return 0


def _fail(text: str, exit_code: int) -> int:
    from .report import printable

    print("error:", "\n".join(map(printable, text.split("\n"))), file=sys.stderr)
    return exit_code
