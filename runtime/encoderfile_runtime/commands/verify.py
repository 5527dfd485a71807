"""Check every byte of this file against the digests in its manifest. It proves integrity, not origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.cli.screen import print_json, say_lines
from encoderfile_runtime.format.verify import as_text, verify

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(container: Container, options: Namespace) -> int:
    """Print the report; return the exit code."""
    result = verify(container)
    if options.json:
        print_json(result.as_json())
    else:
        say_lines(as_text(result))
    return 0
