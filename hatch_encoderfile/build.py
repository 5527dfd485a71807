"""The pipeline: a declared spec becomes one file for each target.

once:             spec ──► inputs (pinned, hashed) ──► artifacts ──► measured
for each target:  base ──► content ──► one file, written atomically, checked by running it ──► sidecars

Inputs and artifacts are hashed in threads, and so is a file while it is written. What takes long to import waits until then.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.format.container import Container

from .container.outputs import check_declared, check_replaceable
from .files.atomic import atomic_output
from .files.background import Task
from .files.boundary import Boundary
from .models import InputFiles, load
from .signatures.sidecars import PROVENANCE, SBOM
from .spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from encoderfile_runtime.files import InputFile

    from .bases import BaseBinary, Source
    from .container.content import Content
    from .container.measure import Measured
    from .files.digests import Digests
    from .models import ModelArtifacts
    from .provenance.checkout import Checkout
    from .provenance.statement import Materials
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


class Options(NamedTuple):
    """The options of a build that are not in the spec.

    Attributes:
        output: the file to write, for one target; by default the spec's, or `dist/NAME-VERSION-TARGET.encoderfile` beside the spec.
        base_binary_path: a base to use in place of the target's.
        bases: where a target's base may come from.
        sbom: whether to write the SBOM with the file's own hash beside it; the one in the file is always there.
        provenance: whether to write the SLSA provenance beside it, unsigned.
        allow_outside: folders beside the spec's that its files may be in.
    """

    output: Path | None = None
    base_binary_path: Path | None = None
    bases: Source | None = None
    sbom: bool = True
    provenance: bool = True
    allow_outside: tuple[Path, ...] = ()


_NO_OPTIONS = Options()


def build(
    spec: ModelSpec,
    *,
    target: str,
    output: Path | None = None,
    base_binary_path: Path | None = None,
    bases: Source | None = None,
    sbom: bool = True,
    provenance: bool = True,
    allow_outside: tuple[Path, ...] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> BuildResult:
    """Build one target of a declared model: `build_all`, with its options as arguments.

    Raises:
        EncoderfileError: the model cannot be built; nothing is left behind then.
    """
    options = Options(output, base_binary_path, bases, sbom, provenance, allow_outside)
    [result] = build_all(spec, [target], options, progress)
    return result


def build_all(
    spec: ModelSpec,
    targets: Sequence[str],
    options: Options = _NO_OPTIONS,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[BuildResult]:
    """Build targets of a declared model one after the other; the model is read and hashed once.

    Args:
        spec: the declared model.
        targets: "portable" or target triples.
        options: the same for all of them.
        progress: told how many bytes have been hashed, and then how many have been written, piece by piece.

    Raises:
        EncoderfileError: the model cannot be built; nothing is left behind then of the target that failed.
    """
    from .bases import Source
    from .bases.declared import declared_base, declared_cache
    from .bases.resolve import open_base

    boundary = Boundary(spec.root, options.allow_outside)
    given = open_base(options.base_binary_path) if options.base_binary_path else declared_base(spec, boundary)
    if spec.layout is Layout.MOZILLA and given is None:
        raise UsageError('layout "mozilla" needs one of Mozilla\'s base binaries: give --base-binary-path')
    bases = (options.bases or Source())._replace(declared=declared_cache(spec, boundary))
    options = options._replace(bases=bases, sbom=options.sbom and spec.layout is Layout.ZIP)
    outputs = {target: options.output or default_output(spec, target) for target in targets}
    for output in outputs.values():
        if options.output is None:
            check_declared(output, spec.root)
        for path in (output, *_sidecars(output, options)):
            check_replaceable(path)
    checkout = _checkout(spec) if options.provenance else None
    with InputFiles(spec.pins, spec.source, boundary, checkout) as inputs:
        artifacts = load(spec, inputs)
        from .container.measure import measure_all, parts

        def advance(count: int) -> None:
            if inputs.is_closed:
                raise EncoderfileError("the build was given up")
            progress(count)

        measured = Task(partial(measure_all, parts(artifacts.artifacts, artifacts.attachments), advance))
        model = _Model(spec, inputs, artifacts, measured, checkout, given)
        for target, output in outputs.items():
            yield _build(model, target, output, options, progress)


class _Model(NamedTuple):
    """A loaded model, which is shared by the builds for all targets."""

    spec: ModelSpec
    inputs: InputFiles
    artifacts: ModelArtifacts
    measured: Task[dict[str, Measured]]
    checkout: Checkout | None
    given_base: InputFile | None


def _checkout(spec: ModelSpec) -> Checkout:
    from .provenance.checkout import Checkout

    return Checkout(spec)


def _build(model: _Model, target: str, output: Path, options: Options, progress: Callable[[int], None]) -> BuildResult:
    from . import bases
    from .container.check import check
    from .container.measure import measure
    from .container.writer import write
    from .files.digests import FollowingHasher
    from .provenance.statement import Materials, now
    from .sbom.document import InnerSbom

    started = now()
    spec, inputs = model.spec, model.inputs
    base = bases.resolve(target, model.given_base, options.bases)
    base_measured = Task(partial(measure, "base", base.data, sha512=True))
    _refuse_overwriting([output, *_sidecars(output, options)], model)
    content = _content(model, base)
    bill = InnerSbom(content, inputs, spec.created)
    with ExitStack() as files:  # the output and what is beside it: all of them, or none
        out = files.enter_context(atomic_output(output, _EXECUTABLE))
        with FollowingHasher(Path(out.name)) as hasher:

            def written(count: int) -> None:
                hasher.more(count)
                progress(count)

            measured = model.measured.result() | {"base": base_measured.result()}
            base.check(measured["base"].digests.sha256)
            manifest = write(out, replace(content, description=bill), measured, inputs.complete(), written)
            synced = Task(partial(os.fsync, out.fileno()))
            checked = check(Path(out.name), runs=spec.layout is Layout.ZIP)
            digests = hasher.digests()
            synced.result()
        read = inputs.complete()
        evidence = model.checkout.evidence(read) if model.checkout else None
        materials = Materials(spec, target, base, manifest.base, read, evidence) if evidence else None
        beside = _beside(Path(out.name), output, options, digests, materials, started=started)
        for path, data in beside.items():
            files.enter_context(atomic_output(path)).write(data)
    notes = (*model.artifacts.notes, *_left_out(spec), *bill.notes)
    notes += (evidence.note,) if evidence and evidence.note else ()
    return BuildResult(output, target, checked.size, digests.sha256.hex(), checked.content_id, notes, tuple(beside))


def _content(model: _Model, base: BaseBinary) -> Content:
    from .container.content import Content

    spec, made = model.spec, model.artifacts
    return Content(
        name=spec.name,
        version=spec.version,
        model_type=spec.model_type,
        layout=spec.layout,
        base=base,
        artifacts=made.artifacts,
        weights_format=made.weights_format,
        attachments=made.attachments,
        license=spec.license or "",
        source=spec.source or "",
    )


def _sidecars(output: Path, options: Options) -> list[Path]:
    """The paths of the sidecars to write beside a file."""
    kinds = [SBOM] * options.sbom + [PROVENANCE] * options.provenance
    return [kind.statement(output) for kind in kinds]


def _beside(
    written: Path, output: Path, options: Options, digests: Digests, materials: Materials | None, *, started: str
) -> dict[Path, bytes]:
    """Make the sidecars of `output`, by path; the file itself is still at `written`, its temporary name."""
    from .provenance.statement import make_provenance
    from .sbom.document import outer_sbom

    found = {}
    if options.sbom:
        found[SBOM.statement(output)] = outer_sbom(Container(str(written)), digests, output.name)
    if materials:
        sha256, others = digests.sha256.hex(), {path.name: data for path, data in found.items()}
        statement = make_provenance(materials, output.name, sha256, started=started, byproducts=others)
        found[PROVENANCE.statement(output)] = statement
    return found


def _refuse_overwriting(outputs: list[Path], model: _Model) -> None:
    inputs = [model.spec.origin, *model.inputs.paths.values()]
    inputs += [Path(model.given_base.path)] if model.given_base else []
    for output in outputs:
        if output.exists() and any(path.exists() and output.samefile(path) for path in inputs):
            raise UsageError(f"{output}: is an input of this build: choose another output")


def _left_out(spec: ModelSpec) -> tuple[str, ...]:
    """Notes about settings of the spec that the layout has no field for."""
    keys = ("attachments", "license", "source", "created") if spec.layout is Layout.MOZILLA else ()
    return tuple(f'{key}: layout "mozilla" has no room for it, so it is left out' for key in keys if getattr(spec, key))


def default_output(spec: ModelSpec, target: str) -> Path:
    """The output path of a build: the spec's if it has one target, else `dist/NAME-VERSION-TARGET.encoderfile`."""
    if spec.output_path is not None and len(spec.targets) == 1:
        return spec.output_path
    return spec.root / "dist" / f"{spec.name}-{spec.version}-{target}.encoderfile"
