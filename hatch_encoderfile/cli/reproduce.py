"""`encoderfile reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from . import output
from .command import Argument, Option
from .compare import print_differences

if TYPE_CHECKING:
    from hatch_encoderfile.compare.reproduce import Reproduction

EXAMPLES = """\
examples:
  encoderfile reproduce minilm.encoderfile — from the spec in the current folder
  encoderfile reproduce minilm.encoderfile --spec repo --provenance minilm.encoderfile.slsa.json
"""


def reproduce(
    file: Annotated[Path, Argument(help="An encoderfile.")],
    *,
    spec: Annotated[
        Path, Option(help="The folder of the spec, or the pyproject.toml or encoderfile.yml itself.")
    ] = Path(),
    provenance: Annotated[
        Path | None,
        Option(help="The file's SLSA provenance, to compare spec and inputs with. It is not verified."),
    ] = None,
    base_binary_path: Annotated[Path | None, Option(help="Use this file as the base binary.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build a file again from its declared inputs and say whether every byte is the same; exit code 1 if not."""
    from hatch_encoderfile.compare.reproduce import reproduce as run
    from hatch_encoderfile.spec import find_spec, read_spec

    specs = read_spec(find_spec(spec) if spec.is_dir() else spec)
    with output.progress("building") as advance:
        result = run(file, specs, provenance=provenance, base_binary_path=base_binary_path, progress=advance)
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
