"""`encoderfile reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .diff import print_differences
from .groups import Command
from .parameters import AllowOutside, BaseBinaryPath, File, Json

if TYPE_CHECKING:
    from hatch_encoderfile.compare.reproduce import Reproduction

EXAMPLES = """\
Examples:
encoderfile reproduce minilm.encoderfile  # from the spec in the current folder
encoderfile reproduce minilm.encoderfile --spec repo --provenance minilm.encoderfile.slsa.json
"""


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def reproduce(
    file: File,
    *,
    spec: Annotated[
        Path, typer.Option(help="The folder of the spec, or the pyproject.toml or encoderfile.yml itself.")
    ] = Path(),
    provenance: Annotated[
        Path | None,
        typer.Option(help="The file's SLSA provenance, to compare spec and inputs with. It is not verified."),
    ] = None,
    base_binary_path: BaseBinaryPath = None,
    allow_outside: AllowOutside = None,
    as_json: Json = False,
) -> None:
    """Build a file again from its declared inputs and say whether every byte is the same; exit code 1 if not."""
    from hatch_encoderfile.compare.reproduce import reproduce as run
    from hatch_encoderfile.spec import find_spec, read_spec

    specs = read_spec(find_spec(spec) if spec.is_dir() else spec)
    with output.progress("building") as advance:
        result = run(
            file,
            specs,
            provenance=provenance,
            base_binary_path=base_binary_path,
            allow_outside=tuple(allow_outside or ()),
            progress=advance,
        )
    if as_json:
        output.print_json(
            result._asdict() | {"equal": result.equal, "differences": [item._asdict() for item in result.differences]}
        )
    else:
        _print(result)
    if not result.equal:
        raise SystemExit(1)


def _print(result: Reproduction) -> None:
    for remark in result.remarks:
        output.note(remark)
    if result.equal:
        output.show(f"equal: sha256 {result.sha256}")
        return
    print_differences(result.differences)
    output.show(f"differs: sha256 {result.sha256}, built again {result.rebuilt_sha256}")
