"""Finished builds, kept under the digest of their inputs, so that no front end makes the same one twice."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import PORTABLE, is_safe_path
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile import targets
from hatch_encoderfile.bases import cache
from hatch_encoderfile.bases.description import read_description
from hatch_encoderfile.build import build, default_output
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.blob import FileRange, whole_file
from hatch_encoderfile.files.boundary import is_regular
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.files.lock import locked, unlink
from hatch_encoderfile.plugin.build_key import read_inputs
from hatch_encoderfile.standards import json as strict_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from encoderfile_runtime.format.manifest import Input
    from hatch_encoderfile.build import BuildResult
    from hatch_encoderfile.plugin.build_key import BuildInputs
    from hatch_encoderfile.spec import ModelSpec

FOLDER = "builds"
ANY = "any"
KEPT = 2  # the latest results of a model and target: another process may still be reading the one before
_LOCK = "lock"
_RECORD = "build.json"
_PARTIAL = ".partial"
_MANIFEST = ".manifest.json"
_KEY_LENGTH = 32


class StoredBuild(NamedTuple):
    """A finished build.

    Attributes:
        path: the executable, under the name that it has in dist/.
        sha256: its digest, hex.
        platform: the platform tag of a wheel that it goes into: "any" where it runs wherever Python and numpy do; None where
            its base does not say what it needs.
        notes: what was decided or left out, a line each.
        sidecars: files that belong beside the executable: SBOM, provenance.
        manifest: what is in the executable, as JSON.
    """

    name: str
    path: Path
    sha256: str
    platform: str | None
    notes: tuple[str, ...]
    sidecars: tuple[Path, ...]
    manifest: Path


def directory_of(root: Path) -> Path:
    """Where the finished builds of a repo are: in the user's cache, since what lies in a repo came with it."""
    name = hashlib.sha256(os.path.realpath(root).encode(errors="surrogateescape")).hexdigest()[:_KEY_LENGTH]
    return cache.directory() / FOLDER / name


class BuildStore:
    """The finished builds of one repo.

    A build is made in a folder of its own, which gets its final name in one step and only when everything is in it. A lock
    makes a second process wait for the first and then take its result. What a killed process leaves is never taken for a result.
    """

    def __init__(self, directory: Path, waiting: Callable[[], None] = lambda: None) -> None:
        """Keep builds in `directory`, which need not exist; `waiting` is called when another process is building."""
        self._directory = directory
        self._waiting = waiting

    def build(
        self,
        spec: ModelSpec,
        target: str,
        starting: Callable[[], None] = lambda: None,
        files: list[Input] | None = None,
    ) -> StoredBuild:
        """The build of one target, made now only if its inputs are new.

        Args:
            spec: the declared model.
            target: "portable" or a target triple.
            starting: called where the build is made.
            files: the model's files, if they were read and checked a moment ago.

        Raises:
            EncoderfileError: the model cannot be built; nothing is left behind then.
        """
        inputs = read_inputs(spec, target, files)
        entry = self._directory / spec.name / target / inputs.key[:_KEY_LENGTH]
        with locked(self._directory / _LOCK, self._waiting):
            stored = _stored(entry, spec, inputs)
            if stored is None:
                starting()
                _make(entry, spec, target, inputs)
                stored = _stored(entry, spec, inputs)
            if stored is None:
                raise IntegrityError(f"{entry}: changed while it was written: build again")
            os.utime(entry)
            _prune(entry.parent)
        return stored

    def clean(self) -> None:
        """Remove all finished builds, once nobody is building."""
        if self._directory.is_dir():
            with locked(self._directory / _LOCK, self._waiting):
                for path in self._directory.iterdir():
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    elif path.name != _LOCK:
                        path.unlink()
                unlink(self._directory / _LOCK)
            with suppress(OSError):  # somebody may have begun to build
                self._directory.rmdir()


def _make(entry: Path, spec: ModelSpec, target: str, inputs: BuildInputs) -> None:
    """Build into a folder beside the entry, then give it the entry's name."""
    _remove(entry)
    for leftover in entry.parent.glob(f"*{_PARTIAL}"):
        _remove(leftover)
    partial = entry.with_name(entry.name + _PARTIAL)
    partial.mkdir(parents=True)
    try:
        result = build(spec, target=target, output=partial / default_output(spec, target).name)
        _describe(result, spec, inputs)
        partial.rename(entry)
    finally:
        _remove(partial)


def _describe(result: BuildResult, spec: ModelSpec, inputs: BuildInputs) -> None:
    """Write the manifest as JSON, and the record that makes the folder a finished build."""
    container = Container(str(result.path))
    files = [item for item in container.manifest.inputs if item.sha256]
    if container.ours and sorted(files) != sorted(inputs.files):
        raise IntegrityError(f"{spec.origin}: a file of {spec.name} changed while it was built: build again")
    facts = report.describe(container) | {"file": result.path.name, "sha256": result.sha256}
    manifest = result.path.with_name(result.path.name + _MANIFEST)
    manifest.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8", newline="\n")
    record = {
        "name": spec.name,
        "path": result.path.name,
        "platform": _platform(container),
        "notes": result.notes,
        "sidecars": [path.name for path in result.sidecars],
        "manifest": manifest.name,
        "files": {path.name: sha256_of(whole_file(path)).hex() for path in (result.path, manifest, *result.sidecars)},
    }
    (result.path.parent / _RECORD).write_text(json.dumps(record), encoding="utf-8")


def _platform(container: Container) -> str | None:
    """What the base says of the machines that it runs on, as a platform tag."""
    base = container.manifest.base
    if base is None:
        return None
    if base.flavour == PORTABLE:
        return ANY
    description = read_description(container.peek(0, base.length), container.path)
    with suppress(UsageError):  # a floor of another kind: whoever makes a wheel gives its tag
        return targets.wheel_platform(description.target, description.floor) if description else None
    return None


def _stored(entry: Path, spec: ModelSpec, inputs: BuildInputs) -> StoredBuild | None:
    """The build in a folder; None where there is none, or it is not what these inputs would be built into.

    That a file has the digest that is recorded beside it says nothing of who put both there, so the executable is verified whole, and
    compared with the inputs and the base.
    """
    try:
        with strict_json.reading(limits.BUILD_RECORD.read(entry / _RECORD), _RECORD) as record:
            files = record.mapping("files")
            found = StoredBuild(
                name=record.string("name"),
                path=entry / record.text("path", "a file with a digest", files.__contains__),
                sha256=str(files.get(record.string("path"))),
                platform=record.string("platform") if record.given("platform") else None,
                notes=tuple(record.strings("notes") or ()),
                sidecars=tuple(
                    entry / name for name in record.texts("sidecars", "a file with a digest", files.__contains__)
                ),
                manifest=entry / record.text("manifest", "a file with a digest", files.__contains__),
            )
        is_whole = all(_is_plain(name) and is_regular(entry / name) for name in files) and all(
            sha256_of(whole_file(entry / name)).hex() == digest for name, digest in files.items()
        )
        if not is_whole or found.name != spec.name or not _is_of(found.path, spec, inputs):
            return None
    except (OSError, ValueError, EncoderfileError):
        return None
    return found


def _is_plain(name: str) -> bool:
    return is_safe_path(name) and "/" not in name


def _is_of(path: Path, spec: ModelSpec, inputs: BuildInputs) -> bool:
    """Whether a file holds together, and was made for this model from these inputs on this base."""
    container = Container(str(path))
    verify(container)
    manifest = container.manifest
    if (manifest.name, manifest.version, manifest.model_type) != (spec.name, spec.version, spec.model_type):
        return False
    if manifest.base is None:  # of Mozilla's layout, which records neither
        head = FileRange(container.file, 0, container.footer.manifest_offset)
        return sha256_of(head) == inputs.base
    read = sorted(item for item in manifest.inputs if item.sha256)
    return manifest.base.sha256 == inputs.base and read == sorted(inputs.files)


def _prune(folder: Path) -> None:
    """Keep the results that were used last."""
    entries = sorted(folder.iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for entry in entries[KEPT:]:
        _remove(entry)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
