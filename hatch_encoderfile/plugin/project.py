"""Shared by the builder and the hook: the repo's declared models, its store of builds, and the handling of errors."""

from __future__ import annotations

import os
import traceback
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.escaping import line, lines, printable

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
        _abort(app, printable(f"{place}{error.strerror or error}"), EncoderfileError.exit_code)


def _abort(app: Application, message: str, code: int) -> None:
    if app.verbosity >= 1:
        app.display_error(lines(traceback.format_exc()))
    app.abort(lines(message), code=code)


class Project:
    """A model repo.

    Attributes:
        root: the folder of its pyproject.toml.
    """

    def __init__(self, root: str, app: Application) -> None:
        """Open the repo at `root`."""
        self.root = Path(root)
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
            self._app.display_waiting(line(f"Building {spec.name} for {target}"))

        # Without this, each target would hash the model's files again.
        if spec.name not in self._files:
            self._files[spec.name] = read_files(spec)
        built = self.store.build(spec, target, starting, self._files[spec.name])
        for note in built.notes:
            self._app.display_info(line(f"{spec.name}: {note}"))
        return built

    @cached_property
    def store(self) -> BuildStore:
        """The finished builds, in the user's cache, which all front ends share."""
        from .store import BuildStore, directory_of

        def waiting() -> None:
            self._app.display_waiting("Waiting for another build in this repo to end")

        return BuildStore(directory_of(self.root), waiting)

    def shown(self, path: Path) -> str:
        """A path as hatchling shows it: relative to the repo if it is inside."""
        return line(os.path.relpath(path, self.root) if path.is_relative_to(self.root) else str(path))
