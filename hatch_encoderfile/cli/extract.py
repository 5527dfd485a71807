"""`encoderfile extract`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from encoderfile_runtime.format.container import Container

from . import output
from .groups import Command
from .parameters import File, Json

EXAMPLES = """\
Examples:
encoderfile extract minilm.encoderfile  # everything, into ./minilm
encoderfile extract minilm.encoderfile weights attachments/config.json -o parts
"""

app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def extract(
    file: File,
    names: Annotated[
        list[str] | None, typer.Argument(help="Parts to extract, as `inspect` names them; all by default.")
    ] = None,
    *,
    directory: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to write to; by default FILE's name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write parts of a file to a folder, each checked against its digest."""
    from hatch_encoderfile.compare.extract import extract as run

    container = Container(str(file), to_look_at=True)
    target = directory or Path(
        file.name.removesuffix(".encoderfile") + (".parts" if file.suffix != ".encoderfile" else "")
    )
    written = []
    try:
        for path in run(container, names or None, target):
            written.append({"path": str(path)})
            if not as_json:
                output.show(str(path))
    finally:  # of a broken file, valid parts are written before the error, and are listed
        if as_json and written:
            output.print_json(written)
