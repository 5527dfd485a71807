"""`encoderfile diff`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime.container import Container

from . import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatch_encoderfile.diff import Difference

EXAMPLES = """\
**Examples**

`encoderfile diff old.encoderfile new.encoderfile` — exit code 0 when equal, 1 when they differ
"""


def diff(
    a: Annotated[Path, typer.Argument(help="An encoderfile.")],
    b: Annotated[Path, typer.Argument(help="Another one.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what differs between two files, down to single tensors."""
    from hatch_encoderfile.diff import diff as run

    differences = run(Container(str(a)), Container(str(b)))
    if as_json:
        output.print_json({"equal": not differences, "differences": [item._asdict() for item in differences]})
    else:
        print_differences(differences)
        if not differences:
            output.stdout().print("equal", markup=False)
    if differences:
        raise typer.Exit(1)


def print_differences(differences: Sequence[Difference]) -> None:
    """Each difference with both sides below it."""
    console = output.stdout()
    for item in differences:
        console.print(output.cell(item.what), style="bold")
        console.print(f"  - {_text(item.a)}\n  + {_text(item.b)}", markup=False, soft_wrap=True)


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return output.cell(value).plain if isinstance(value, str) else json.dumps(value)
