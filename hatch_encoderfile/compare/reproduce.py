"""Reproducing a file: build it again from its declared inputs and compare."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import PORTABLE, ZSTD_INPUT, Codec
from hatch_encoderfile.build import build
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.provenance.declared import declared
from hatch_encoderfile.provenance.statement import tool
from hatch_encoderfile.signatures import intoto
from hatch_encoderfile.signatures.sidecars import PROVENANCE
from hatch_encoderfile.signatures.slsa import BUILD_TYPE

from .diff import Difference, diff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from encoderfile_runtime.format.manifest import Base, Manifest
    from hatch_encoderfile.spec import ModelSpec


class Reproduction(NamedTuple):
    """The result of reproducing a file.

    Attributes: sha256: digest of the file, hex. rebuilt_sha256: digest of the rebuilt one, hex. differences: between
        the two, down to tensors; empty if they are equal. remarks: disagreements of provenance, spec, inputs and
        compressors, a line each; they may explain the differences.
    """

    sha256: str
    rebuilt_sha256: str
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every byte is the same."""
        return self.sha256 == self.rebuilt_sha256


def reproduce(
    file: Path,
    specs: Sequence[ModelSpec],
    *,
    provenance: Path | None = None,
    base_binary_path: Path | None = None,
    allow_outside: tuple[Path, ...] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Reproduction:
    """Build the model of a file again, in a temporary folder, and compare the two files.

    Args:
        file: the file.
        specs: the declared models, of which the one with the file's name is built.
        provenance: a SLSA statement about the file, whose inputs, base and version are compared.
        base_binary_path: the base to use instead of the target's.
        allow_outside: folders beside the spec's that its files may be in.
        progress: called with the number of bytes of each write.

    Raises:
        UsageError: no model of that name is declared.
        IntegrityError: the provenance is about another file.
        EncoderfileError: the model cannot be built.
    """
    container = Container(str(file))
    spec = _choose(specs, container.manifest.name)
    target = _target(container.manifest.base, spec)
    sha256 = sha256_of(FileRange(container.file, 0, container.size)).hex()
    claims = _read_provenance(provenance, sha256) if provenance else None
    with tempfile.TemporaryDirectory(prefix="encoderfile-") as folder:
        output = Path(folder, file.name)
        result = build(
            spec,
            target=target,
            output=output,
            base_binary_path=base_binary_path,
            allow_outside=allow_outside,
            sbom=False,  # sidecars are not compared
            provenance=False,
            progress=progress,
        )
        rebuilt = Container(str(output))
        differences = () if result.sha256 == sha256 else tuple(diff(container, rebuilt))
        remarks = [*_compressors(container.manifest, rebuilt.manifest)]
        remarks += _remarks(claims, spec, target, rebuilt.manifest) if claims else ()
        del rebuilt  # Windows cannot remove a file that is mapped
    return Reproduction(sha256, result.sha256, differences, tuple(remarks))


def _choose(specs: Sequence[ModelSpec], name: str) -> ModelSpec:
    for spec in specs:
        if spec.name == name:
            return spec
    raise UsageError(f"the spec declares no model {name!r}, only {', '.join(spec.name for spec in specs)}")


def _target(base: Base | None, spec: ModelSpec) -> str:
    """The target of the file's base; a base for any machine is the portable one."""
    if base is None:
        return spec.targets[0]
    return PORTABLE if base.target == "any" else base.target


def _read_provenance(path: Path, sha256: str) -> dict[str, Any]:
    try:
        statement = intoto.parse(limits.PROVENANCE.read(path))
    except OSError as error:
        raise EncoderfileError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise IntegrityError(f"{path}: {error}") from None
    if statement.predicate_type != PROVENANCE.predicate_type:
        raise IntegrityError(f"{path}: expected SLSA provenance v1, found {statement.predicate_type!r}")
    if sha256 not in statement.subjects:
        raise IntegrityError(f"{path}: is about another file: this one's sha256 is {sha256}")
    return statement.predicate


def _remarks(claims: Mapping[str, Any], spec: ModelSpec, target: str, rebuilt: Manifest) -> Iterator[str]:
    definition = _object(claims.get("buildDefinition"))
    # Another build type has other parameters, of which nothing can be compared.
    if definition.get("buildType") != BUILD_TYPE:
        yield f"provenance: buildType {definition.get('buildType')!r}, expected {BUILD_TYPE!r}"
        return
    parameters = _object(definition.get("externalParameters"))
    if parameters.get("target") != target:
        yield f"target: {parameters.get('target')!r} in the provenance, {target!r} here"
    yield from _compare("spec", _object(parameters.get("spec")), declared(spec))
    recorded = definition.get("resolvedDependencies")
    dependencies = {
        str(item.get("name")): item for item in map(_object, recorded if isinstance(recorded, list) else [])
    }
    claimed = {name: _object(item.get("digest")).get("sha256") for name, item in dependencies.items()}
    if rebuilt.base:
        yield from _compare("base", {"sha256": claimed.get("base")}, {"sha256": rebuilt.base.sha256.hex()})
    by = _object(dependencies.get("hatch-encoderfile")).get("uri")
    yield from _compare("built", {"by": by}, {"by": tool()})
    if spec.attachment_codec is Codec.ZSTD:
        compressed_by = _object(dependencies.get("zstd")).get("uri")
        yield from _compare("compressed", {"by": compressed_by}, {"by": _compressor(rebuilt)})
    inputs = {f"input/{item.path}": item.sha256.hex() for item in rebuilt.inputs if item.sha256}
    yield from _compare("input", {name: claimed[name] for name in claimed if name.startswith("input/")}, inputs)


def _compressors(file: Manifest, rebuilt: Manifest) -> Iterator[str]:
    """A remark if another version of libzstd was used, since compressed attachments then differ."""
    then, now = _compressor(file), _compressor(rebuilt)
    if then and now and then != now:
        yield f"attachments: compressed by {then}, and by {now} here: other bytes hold the same"


def _compressor(manifest: Manifest) -> str | None:
    return next((item.uri for item in manifest.inputs if item.path == ZSTD_INPUT and not item.sha256), None)


def _compare(what: str, claimed: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*claimed, *found}):
        if claimed.get(key) != found.get(key):
            yield f"{what} {key}: {claimed.get(key)!r} in the provenance, {found.get(key)!r} here"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
