"""The command line of an encoderfile: `./model.encoderfile infer TEXT…`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import EncoderfileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .container import Container

_EXAMPLES = """examples:
  {prog} infer "a sentence" "another one"
  {prog} inspect --json
  {prog} verify
"""


def main(path: str, arguments: Sequence[str]) -> int:
    """Run one command of the encoderfile at `path`; the exit code."""
    options = _parser(path).parse_args(arguments)
    try:
        return _run(path, options)
    except EncoderfileError as error:
        return _fail(error.diagnostics(), error.exit_code)
    except OSError as error:
        # What is left to write would fail again when the interpreter exits, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else _fail(error.strerror or str(error), 1)
    except KeyboardInterrupt:
        return 130


def _fail(text: str, exit_code: int) -> int:
    from .report import printable

    print("error:", "\n".join(map(printable, text.split("\n"))), file=sys.stderr)
    return exit_code


def _parser(path: str) -> argparse.ArgumentParser:
    prog = os.path.basename(path)  # noqa: PTH119 - pathlib is not loaded at start-up
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A model and what runs it, in one file.",
        epilog=_EXAMPLES.format(prog=f"./{prog}"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the model's and the runtime's version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    infer = commands.add_parser("infer", help="run the model on texts; prints JSON", allow_abbrev=False)
    infer.add_argument("texts", nargs="+", metavar="TEXT")
    inspect = commands.add_parser("inspect", help="show what is in this file", allow_abbrev=False)
    inspect.add_argument("--json", action="store_true", help="print JSON")
    verify = commands.add_parser("verify", help="check every byte of this file", allow_abbrev=False)
    verify.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _run(path: str, options: argparse.Namespace) -> int:
    from .container import Container

    if options.command is None and not options.version:
        raise UsageError(f"no command: try {os.path.basename(path)} --help")  # noqa: PTH119 - as above
    container = Container(path)
    if options.version:
        manifest = container.manifest
        from .report import printable

        print(printable(f"{manifest.name} {manifest.version} (encoderfile runtime {__version__})"))
    elif options.command == "infer":
        _infer(container, options.texts)
    elif options.command == "inspect":
        _inspect(container, as_json=options.json)
    else:
        _verify(container, as_json=options.json)
    sys.stdout.flush()  # here, where its failure is caught
    return 0


def _infer(container: Container, texts: Sequence[str]) -> None:
    from .loading import load

    model = load(container)
    encodings = model.tokenize(texts)
    for number, encoding in enumerate(encodings, 1):
        if encoding.cut:
            print(f"note: text {number}: {encoding.cut} tokens past the model's limit were cut off", file=sys.stderr)
    _print_json(model.run(encodings, texts))


def _inspect(container: Container, *, as_json: bool) -> None:
    from . import report

    facts = report.describe(container)
    if as_json:
        _print_json(facts)
    else:
        print(report.as_text(facts))


def _verify(container: Container, *, as_json: bool) -> None:
    from .verify import as_text, verify

    result = verify(container)
    if as_json:
        _print_json(result.as_json())
    else:
        print(as_text(result))


def _print_json(value: Any) -> None:
    import json

    ascii_only = sys.stdout.encoding.lower() not in ("utf-8", "utf8")
    print(json.dumps(value, indent=2, ensure_ascii=ascii_only))
