"""`encoderfile build`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime.errors import UsageError

from . import output

if TYPE_CHECKING:
    from hatch_encoderfile.build import BuildResult
    from hatch_encoderfile.spec import ModelSpec

EXAMPLES = """\
**Examples**

`encoderfile build` — the model that ./pyproject.toml or ./encoderfile.yml declares

`encoderfile build models/minilm -o minilm.encoderfile`

`encoderfile build -f encoderfile.yml --json`
"""


def _file_path(text: str) -> Path:
    """A path as it was typed; `Path` would drop the slash that says that a directory is meant."""
    if text.endswith(("/", os.sep)):
        raise UsageError(f"--output-path: {text} names a directory, expected the path of a file")
    return Path(text)


def build(
    directory: Annotated[
        Path | None, typer.Argument(help="Directory with the spec; the current one by default.")
    ] = None,
    *,
    config: Annotated[
        Path | None, typer.Option("-f", "--file", help="The spec: a pyproject.toml or encoderfile.yml.")
    ] = None,
    target: Annotated[list[str] | None, typer.Option(help="Target to build; may be given more than once.")] = None,
    model: Annotated[str | None, typer.Option(help="Build only the model of this name.")] = None,
    output_path: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output-path", parser=_file_path, metavar="PATH", help="Where to write, when one file is built."
        ),
    ] = None,
    base_binary_path: Annotated[Path | None, typer.Option(help="Use this file as the base binary.")] = None,
    sbom: Annotated[bool, typer.Option(help="Write FILE.cdx.json: the SBOM with the file's own hashes.")] = True,
    provenance: Annotated[bool, typer.Option(help="Write FILE.slsa.json: SLSA provenance, unsigned.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build the declared models: one executable file for each model and target."""
    from hatch_encoderfile.build import build as run
    from hatch_encoderfile.build import default_output
    from hatch_encoderfile.spec import find_spec, read_spec

    if config is not None and directory is not None:
        raise UsageError("a directory and --file were both given: give one of them")
    origin = config or find_spec(directory or Path())
    specs = _choose(read_spec(origin), model, str(origin))
    jobs = [(spec, name) for spec in specs for name in (target or spec.targets)]
    if output_path is not None and len(jobs) > 1:
        raise UsageError(
            f"--output-path names one file, but {len(jobs)} would be built: choose with --model and --target"
        )
    _check_targets(target or [])
    outputs = [output_path or default_output(spec, name) for spec, name in jobs]
    twice = next((path for index, path in enumerate(outputs) if path in outputs[:index]), None)
    if twice is not None:
        raise UsageError(f"{twice}: two builds would write this file: choose with --model and --target")
    results = []
    for spec, name in jobs:
        with output.progress(f"building {spec.name}") as advance:
            result = run(
                spec,
                target=name,
                output=output_path,
                base_binary_path=base_binary_path,
                sbom=sbom,
                provenance=provenance,
                progress=advance,
            )
        results.append(result)
        if not as_json:
            _print(result)
    if as_json:
        output.print_json([_as_json(result) for result in results])


def _check_targets(names: list[str]) -> None:
    from hatch_encoderfile.spec.fields import TARGETS
    from hatch_encoderfile.spec.reader import did_you_mean

    for name in names:
        if name not in TARGETS:
            suggestion = did_you_mean(name, TARGETS)
            raise UsageError(f"--target: expected one of {', '.join(TARGETS)}, found {name!r}{suggestion}")


def _choose(specs: list[ModelSpec], name: str | None, origin: str) -> list[ModelSpec]:
    chosen = [spec for spec in specs if name in (None, spec.name)]
    if not chosen:
        raise UsageError(f"{origin}: declares no model {name!r}, only {', '.join(spec.name for spec in specs)}")
    return chosen


def _print(result: BuildResult) -> None:
    for note in result.notes:
        output.note(note)
    console = output.stdout()
    console.print(str(result.path), markup=False, soft_wrap=True)
    console.print(f"  size        {output.size(result.size)}", markup=False)
    console.print(f"  sha256      {result.sha256}", markup=False)
    console.print(f"  content id  {result.content_id}", markup=False)
    for path in result.sidecars:
        console.print(f"  beside it   {path.name}", markup=False, soft_wrap=True)


def _as_json(result: BuildResult) -> dict[str, Any]:
    sidecars = [str(path) for path in result.sidecars]
    return result._asdict() | {"path": str(result.path), "notes": list(result.notes), "sidecars": sidecars}
