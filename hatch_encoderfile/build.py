"""The pipeline: a declared spec becomes one file per target.

spec ──► inputs (pinned, hashed) ──► artifacts ──► content ──► one file, written atomically, checked by running it ──► sidecars
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.container import Container
from encoderfile_runtime.errors import UsageError

from . import bases
from .atomic import atomic_output, check_output
from .attest.provenance import Materials, make_provenance, now
from .attest.sbom import InnerSbom, outer_sbom
from .attest.sidecars import PROVENANCE, SBOM
from .check import check
from .container.content import Content
from .container.writer import write
from .models import InputFiles, load
from .spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from .spec import ModelSpec

_EXECUTABLE = 0o755


class BuildResult(NamedTuple):
    """A file that was built.

    Attributes:
        sha256: of the whole file, hex.
        content_id: SHA-256 of its manifest, hex.
        notes: what was decided or left out, a line each.
        sidecars: what was written beside the file: its SBOM and its provenance.
    """

    path: Path
    target: str
    size: int
    sha256: str
    content_id: str
    notes: tuple[str, ...]
    sidecars: tuple[Path, ...] = ()


def build(
    spec: ModelSpec,
    *,
    target: str,
    output: Path | None = None,
    base_binary_path: Path | None = None,
    sbom: bool = True,
    provenance: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> BuildResult:
    """Build one target of a declared model.

    Args:
        spec: the declared model.
        target: "portable" or a target triple.
        output: the file to write; by default the spec's, or `dist/NAME-VERSION-TARGET.encoderfile` beside the spec.
        base_binary_path: a base to use in place of the target's.
        sbom: whether to write the SBOM with the file's own hash beside it; the one in the file is always there.
        provenance: whether to write the SLSA provenance beside it, unsigned.
        progress: told how many bytes have been written, piece by piece.

    Raises:
        EncoderfileError: the model cannot be built; nothing is left behind then.
    """
    started = now()
    output = output or default_output(spec, target)
    base_path = base_binary_path or spec.base_binary_path
    if spec.layout is Layout.MOZILLA and base_path is None:
        raise UsageError('layout "mozilla" needs one of Mozilla\'s base binaries: give --base-binary-path')
    base = bases.resolve(target, base_path)
    sbom = sbom and spec.layout is Layout.ZIP
    outputs = [output]
    outputs += [SBOM.statement(output)] if sbom else []
    outputs += [PROVENANCE.statement(output)] if provenance else []
    for path in outputs:
        check_output(path)
    with InputFiles(spec.pins, spec.source) as inputs:
        model = load(spec, inputs)
        _refuse_overwriting(outputs, [spec.origin, *([base_path] if base_path else []), *inputs.paths.values()])
        content = Content(
            name=spec.name,
            version=spec.version,
            model_type=spec.model_type,
            layout=spec.layout,
            base=base,
            artifacts=model.artifacts,
            weights_format=model.weights_format,
            attachments=model.attachments,
            license=spec.license or "",
            source=spec.source or "",
        )
        bill = InnerSbom(content, inputs, spec.created)
        with atomic_output(output, _EXECUTABLE) as out:
            manifest = write(out, replace(content, description=bill), inputs.inputs(), inputs.complete, progress)
            out.flush()
            checked = check(Path(out.name), runs=spec.layout is Layout.ZIP)
        materials = Materials(spec, target, base, manifest.base, inputs.complete())
    sha256 = checked.digests.sha256.hex()
    sidecars = {}
    if sbom:
        sidecars[SBOM.statement(output)] = outer_sbom(Container(str(output)), checked.digests, output.name)
    if provenance:
        byproducts = {path.name: data for path, data in sidecars.items()}
        statement = make_provenance(materials, output.name, sha256, started=started, byproducts=byproducts)
        sidecars[PROVENANCE.statement(output)] = statement
    for path, data in sidecars.items():
        with atomic_output(path) as out:
            out.write(data)
    notes = (*model.notes, *_left_out(spec), *bill.notes)
    return BuildResult(output, target, checked.size, sha256, checked.content_id, notes, tuple(sidecars))


def _refuse_overwriting(outputs: list[Path], inputs: list[Path]) -> None:
    for output in outputs:
        if output.exists() and any(path.exists() and output.samefile(path) for path in inputs):
            raise UsageError(f"{output}: is an input of this build: choose another output")


def _left_out(spec: ModelSpec) -> tuple[str, ...]:
    """What the spec declares and the file has no room for."""
    if spec.layout is not Layout.MOZILLA:
        return ()
    keys = ("attachments", "license", "source", "created")
    return tuple(f'{key}: layout "mozilla" has no room for it, so it is left out' for key in keys if getattr(spec, key))


def default_output(spec: ModelSpec, target: str) -> Path:
    """Where a build goes when nobody says otherwise."""
    if spec.output_path is not None and len(spec.targets) == 1:
        return spec.output_path
    return spec.root / "dist" / f"{spec.name}-{spec.version}-{target}.encoderfile"
