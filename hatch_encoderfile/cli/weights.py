"""`encoderfile weights inspect` and `encoderfile weights convert`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .groups import Command, Group
from .parameters import Json

if TYPE_CHECKING:
    from hatch_encoderfile.weights.inspection import Report

app = typer.Typer(name="weights", cls=Group, help="Look at weights files and convert them.", add_completion=False)

_INSPECT_EXAMPLES = """\
Examples:
encoderfile weights inspect model.safetensors
encoderfile weights inspect model.embd --full --json  # reads every byte, with checksums and digests
"""
_CONVERT_EXAMPLES = """\
Examples:
encoderfile weights convert model.safetensors model.embd
encoderfile weights convert model.bin model.safetensors --orientation transposed
"""


class Target(str, enum.Enum):
    """The formats that can be written."""

    EMBD = "embd"
    SAFETENSORS = "safetensors"
    SEQUENTIAL = "sequential"


class Orientation(str, enum.Enum):
    """The orientation of linear weights in a sequential file."""

    PYTORCH = "pytorch"
    TRANSPOSED = "transposed"


@app.command("inspect", cls=Command, epilog=_INSPECT_EXAMPLES)
def inspect(
    file: Annotated[Path, typer.Argument(help="safetensors, its index, EMBD, or a sequential file of cpp_embedder.")],
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Read every byte: checksums, and a sha256 for each tensor.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a weights file holds."""
    from hatch_encoderfile.weights.inspection import inspect as run

    report = run(file, full=full)
    if as_json:
        output.print_json(report.to_json())
    else:
        _print(report)


def _print(report: Report) -> None:
    rows = {
        "format": f"{report.format} {report.version or ''}".strip(),
        "flags": ", ".join(report.flags),
        "orientation": report.orientation,
        "parameters": f"{report.parameters:,}",
        "vocabulary": report.vocabulary_size and f"{report.vocabulary_size} tokens",
        "checked": "every byte, checksums as recorded" if report.checked else None,
    }
    columns = ["tensor", "dtype", "shape", "offset", "length", *(["sha256"] if report.checked else [])]
    tensors = output.table(*columns, right=("offset", "length"))
    for item in report.tensors:
        cells = [item.name, item.dtype.lower(), "×".join(map(str, item.shape)), item.offset, item.length]
        tensors.add_row(*cells, *([item.sha256] if item.sha256 else []))
    output.show_table(output.facts(rows))
    if report.metadata:
        output.show_table(output.facts(report.metadata), "Metadata")
    output.show_table(tensors, "Tensors")
    for warning in report.warnings:
        output.note(warning, "warning")


@app.command("convert", cls=Command, epilog=_CONVERT_EXAMPLES)
def convert(
    source: Annotated[Path, typer.Argument(help="safetensors, its index, EMBD, or a sequential file.")],
    destination: Annotated[Path, typer.Argument(help="The file to write; its suffix tells the format.")],
    *,
    target: Annotated[Target | None, typer.Option("--format", help="The format to write, whatever the suffix.")] = None,
    orientation: Annotated[
        Orientation | None, typer.Option(help="pytorch is (out, in); for a source whose shapes do not tell.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Convert weights between formats; what does not come along is said."""
    from hatch_encoderfile.weights.convert import convert as run
    from hatch_encoderfile.weights.formats import Format
    from hatch_encoderfile.weights.sequential import Orientation as Stored

    notes = run(
        source,
        destination,
        format=Format(target.value) if target else None,
        orientation=Stored(orientation.value) if orientation else None,
    )
    if as_json:
        output.print_json({"path": str(destination), "notes": [*notes]})
        return
    for note in notes:
        output.note(note)
    output.show(str(destination))
