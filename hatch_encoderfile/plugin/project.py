"""Shared by the builder and the hook: the repo's declared models, its store of builds, and the handling of errors."""

from __future__ import annotations

import os
import traceback
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatchling.bridge.app import Application

    from encoderfile_runtime.format.manifest import Input
    from hatch_encoderfile.spec import ModelSpec

    from .store import BuildStore, StoredBuild


@contextmanager
def translated(app: Application) -> Iterator[None]:
    """End hatchling with the message and exit code of an error that a user can act on; with -v, show the traceback."""
    try:
        yield
    except EncoderfileError as error:
        _abort(app, error.diagnostics(), error.exit_code)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        _abort(app, f"{place}{error.strerror or error}", EncoderfileError.exit_code)


def _abort(app: Application, message: str, code: int) -> None:
    if app.verbosity >= 1:
        app.display_error(traceback.format_exc())
    app.abort(message, code=code)


class Project:
    """A model repo.

    Attributes:
        root: the folder of its pyproject.toml.
    """

    def __init__(self, root: str, directories: tuple[str, ...], app: Application) -> None:
        """Open the repo at `root`; builds are stored in the first of `directories` that can be written to."""
        self.root = Path(root)
        self._directories = [Path(directory) for directory in directories]
        self._app = app
        self._files: dict[str, list[Input]] = {}  # of each model, read once for all targets

    @property
    def origin(self) -> Path:
        """Its pyproject.toml."""
        return self.root / "pyproject.toml"

    @cached_property
    def specs(self) -> list[ModelSpec]:
        """The models that it declares.

        Raises:
            SpecError: it lists all faults of the declaration.
        """
        from hatch_encoderfile.spec import read_spec

        return read_spec(self.origin)

    def chosen(self, names: tuple[str, ...] | None) -> list[ModelSpec]:
        """The models of these names; all if None.

        Raises:
            UsageError: a name is not declared.
        """
        declared = {spec.name: spec for spec in self.specs}
        unknown = [name for name in names or () if name not in declared]
        if unknown:
            raise UsageError(f"{self.origin}: declares no model {unknown[0]!r}, only {', '.join(declared)}")
        return [declared[name] for name in names or declared]

    def build(self, spec: ModelSpec, target: str) -> StoredBuild:
        """Build a model for a target, or take a stored build with the same inputs.

        Raises:
            EncoderfileError: the model cannot be built.
        """
        from hatch_encoderfile.plugin.build_key import read_files

        def starting() -> None:
            self._app.display_waiting(f"Building {spec.name} for {target}")

        # Without this, each target would hash the model's files again.
        if spec.name not in self._files:
            self._files[spec.name] = read_files(spec)
        built = self.store.build(spec, target, starting, self._files[spec.name])
        for note in built.notes:
            self._app.display_info(f"{spec.name}: {note}")
        return built

    @cached_property
    def store(self) -> BuildStore:
        """The store of builds, in a hidden folder of the build directory, shared by builder and hook."""
        from .store import FOLDER, BuildStore

        def waiting() -> None:
            self._app.display_waiting("Waiting for another build in this repo to end")

        *preferred, last = (directory / FOLDER for directory in self._directories)
        return BuildStore(next(filter(_writable, preferred), last), waiting)

    def shown(self, path: Path) -> str:
        """A path as hatchling shows it: relative to the repo if it is inside."""
        return os.path.relpath(path, self.root) if path.is_relative_to(self.root) else str(path)


def _writable(path: Path) -> bool:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
