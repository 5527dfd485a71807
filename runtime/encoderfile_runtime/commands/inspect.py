"""Show the contents of this file: its parts with their digests, tensors, inputs and licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.cli.screen import print_json, say_lines
from encoderfile_runtime.format import describe as report

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(container: Container, options: Namespace) -> int:
    """Print the description; return the exit code."""
    facts = report.describe(container)
    if options.json:
        print_json(facts)
    else:
        say_lines(report.as_text(facts))
    report.refuse_faults(facts)
    return 0
