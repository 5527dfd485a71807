"""`encoderfile build`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime.errors import UsageError

from . import output
from .fetching import fetch_missing
from .groups import Command
from .parameters import AllowOutside, BaseBinaryPath, Json, target_option

if TYPE_CHECKING:
    from hatch_encoderfile.build import BuildResult
    from hatch_encoderfile.spec import ModelSpec

EXAMPLES = """\
Examples:
encoderfile build  # the model that ./pyproject.toml or ./encoderfile.yml declares
encoderfile build models/minilm -o minilm.encoderfile
encoderfile build -f encoderfile.yml --platform x86_64-unknown-linux-gnu --json
"""


def _file_path(text: str) -> Path:
    """Parse the path of a file; `Path` would drop a slash at the end, which names a directory."""
    if text.endswith(("/", os.sep)):
        raise UsageError(f"--output-path: {text} names a directory, expected the path of a file")
    return Path(text)


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def build(
    directory: Annotated[
        Path | None, typer.Argument(help="Directory with the spec; the current one by default.")
    ] = None,
    *,
    config: Annotated[
        Path | None, typer.Option("-f", "--file", help="The spec: a pyproject.toml or encoderfile.yml.")
    ] = None,
    target: Annotated[
        list[str] | None,
        target_option("Target to build: portable, a triple, or host for this machine's. May be given more than once."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Build only the model of this name.")] = None,
    output_path: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output-path", parser=_file_path, metavar="PATH", help="Where to write, when one file is built."
        ),
    ] = None,
    base_binary_path: BaseBinaryPath = None,
    allow_outside: AllowOutside = None,
    cache_dir: Annotated[
        Path | None, typer.Option(help="Where bases are kept; by default what $ENCODERFILE_CACHE_DIR or the spec says.")
    ] = None,
    no_download: Annotated[
        bool, typer.Option("--no-download", help="Fetch no base: use those in the cache only.")
    ] = False,
    sbom: Annotated[bool, typer.Option(help="Write FILE.cdx.json: the SBOM with the file's own hashes.")] = True,
    provenance: Annotated[bool, typer.Option(help="Write FILE.slsa.json: SLSA provenance, unsigned.")] = True,
    as_json: Json = False,
) -> None:
    """Build the declared models: one executable file for each model and target."""
    from hatch_encoderfile.bases import Source
    from hatch_encoderfile.build import Options, build_all, default_output
    from hatch_encoderfile.spec import find_spec, read_spec

    if config is not None and directory is not None:
        raise UsageError("a directory and --file were both given: give one of them")
    origin = config or find_spec(directory or Path())
    specs = _choose(read_spec(origin), model, str(origin))
    targets = _check_targets(target or [])
    jobs = [(spec, name) for spec in specs for name in (targets or spec.targets)]
    if output_path is not None and len(jobs) > 1:
        raise UsageError(
            f"--output-path names one file, but {len(jobs)} would be built: choose with --model and --target"
        )
    outputs = [output_path or default_output(spec, name) for spec, name in jobs]
    twice = next((path for index, path in enumerate(outputs) if path in outputs[:index]), None)
    if twice is not None:
        raise UsageError(f"{twice}: two builds would write this file: choose with --model and --target")
    bases = Source(cache_dir, download=not no_download)
    outside = tuple(allow_outside or ())
    if base_binary_path is None:
        fetch_missing(jobs, bases, outside)
    options = Options(output_path, base_binary_path, bases, sbom, provenance, outside)
    results: list[BuildResult] = []
    for spec in specs:
        built: list[BuildResult] = []
        try:
            with output.progress(f"building {spec.name}") as advance:
                for result in build_all(spec, targets or spec.targets, options, advance):
                    built.append(result)  # noqa: PERF402 - those before one that fails are there, and are shown
        finally:
            results += built
            if not as_json:
                for result in built:
                    _print(result)
    if as_json:
        output.print_json([_as_json(result) for result in results])


def _check_targets(names: list[str]) -> list[str]:
    """Check targets, and replace "host" by this machine's triple."""
    from hatch_encoderfile.messages import did_you_mean
    from hatch_encoderfile.targets import HOST, TARGETS, named

    known = (*TARGETS, HOST)
    for name in names:
        if name not in known:
            suggestion = did_you_mean(name, known)
            raise UsageError(f"--target: expected one of {', '.join(known)}, found {name!r}{suggestion}")
    return list(map(named, names))


def _choose(specs: list[ModelSpec], name: str | None, origin: str) -> list[ModelSpec]:
    chosen = [spec for spec in specs if name in (None, spec.name)]
    if not chosen:
        raise UsageError(f"{origin}: declares no model {name!r}, only {', '.join(spec.name for spec in specs)}")
    return chosen


def _print(result: BuildResult) -> None:
    for note in result.notes:
        output.note(note)
    output.show(str(result.path))
    output.show(f"  size        {output.size(result.size)}")
    output.show(f"  sha256      {result.sha256}")
    output.show(f"  content id  {result.content_id}")
    for path in result.sidecars:
        output.show(f"  beside it   {path.name}")


def _as_json(result: BuildResult) -> dict[str, Any]:
    sidecars = [str(path) for path in result.sidecars]
    return result._asdict() | {"path": str(result.path), "notes": list(result.notes), "sidecars": sidecars}
