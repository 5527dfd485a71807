"""`encoderfile version`."""

from __future__ import annotations

from typing import Annotated

import typer

from encoderfile_runtime import __version__

from . import output
from .groups import Command

app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog="Examples:\nencoderfile version --json")
def version(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the version."""
    if as_json:
        output.print_json({"version": __version__})
    else:
        output.show(f"encoderfile {__version__}")
