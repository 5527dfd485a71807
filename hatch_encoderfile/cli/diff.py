"""`encoderfile diff`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime.escaping import printable
from encoderfile_runtime.format.container import Container

from . import output
from .groups import Command
from .parameters import File, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatch_encoderfile.compare.diff import Difference

EXAMPLES = """\
Examples:
encoderfile diff old.encoderfile new.encoderfile  # exit code 0 when equal, 1 when they differ
"""


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def diff(
    a: File,
    b: Annotated[Path, typer.Argument(help="Another one.")],
    *,
    as_json: Json = False,
) -> None:
    """Show what differs between two files, down to single tensors."""
    from hatch_encoderfile.compare.diff import diff as run

    differences = run(Container(str(a)), Container(str(b)))
    if as_json:
        output.print_json({"equal": not differences, "differences": [item._asdict() for item in differences]})
    else:
        print_differences(differences)
        if not differences:
            output.show("equal")
    if differences:
        raise SystemExit(1)


def print_differences(differences: Sequence[Difference]) -> None:
    """Print each difference with its values on both sides."""
    for item in differences:
        output.show(item.what, output.BOLD)
        output.show(f"  - {_text(item.a)}")
        output.show(f"  + {_text(item.b)}")


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return printable(value) if isinstance(value, str) else json.dumps(value)
