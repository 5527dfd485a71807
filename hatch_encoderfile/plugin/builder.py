"""The Hatch builder: `hatch build -t encoderfile` writes the declared models to dist/, one file for each model and target."""

from __future__ import annotations

import os
import re
import shutil
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.plugin.interface import BuilderInterface
from hatchling.plugin.manager import PluginManager

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.container.outputs import check_declared, check_replaceable
from hatch_encoderfile.files.boundary import is_regular

from .project import Project, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from hatch_encoderfile.spec import ModelSpec


class EncoderfileBuilder(BuilderInterface[BuilderConfig, PluginManager]):
    """Builds the models of `[tool.encoderfile]`. What hatchling calls versions of a build are the targets."""

    PLUGIN_NAME = "encoderfile"
    _asked: object = None

    def get_version_api(self) -> dict[str, Callable[..., str]]:
        """A build function for each target that a spec may name."""
        from hatch_encoderfile.targets import TARGETS

        return {target: partial(self._build, target) for target in TARGETS}

    def get_default_versions(self) -> list[str]:
        """The targets that the models declare."""
        with translated(self.app):
            return list(dict.fromkeys(target for spec in self._project.specs for target in spec.targets))
        return []

    def build(
        self, *, directory: str | None = None, versions: list[str] | None = None, **flags: bool | None
    ) -> Generator[str, None, None]:
        """Build the chosen targets, or else those that the models declare; hatchling shows each path that this yields."""
        self._asked = versions or self.target_config.get("versions")
        with translated(self.app):
            where = "-t encoderfile:" if versions else "tool.hatch.build.targets.encoderfile.versions: "
            _check_targets(self._asked, where)
            if directory is None and "HATCH_BUILD_LOCATION" not in os.environ:
                self._check_directory(self.config.directory)
            yield from super().build(directory=directory, versions=versions, **flags)

    def _check_directory(self, directory: str) -> None:
        """Refuse a folder out of the repo, unless it was named where the repo has no say."""
        if self._is_ours(directory):
            check_declared(Path(directory, "x"), self._project.root)

    def _is_ours(self, directory: str) -> bool:
        """Whether a folder is the one that the repo configures, or hatchling's default."""
        return os.path.normpath(directory) == os.path.normpath(self.config.directory)

    def clean(self, directory: str, versions: list[str]) -> None:
        """Remove the files of these targets with their sidecars, and the stored builds."""
        with translated(self.app):
            ours = _pattern({_file_name(spec, target) for spec in self._project.specs for target in versions}, versions)
            self._check_directory(directory)
            for path in Path(directory).iterdir():
                if ours.fullmatch(path.name) and is_regular(path):
                    check_replaceable(path)
                    path.unlink()
            self._project.store.clean()

    def _build(self, target: str, directory: str, **_: Any) -> str:
        """Build the models for one target; return the last file's path, as hatchling expects one for each version."""
        files = []
        with translated(self.app):
            self._check_directory(directory)
            specs = [spec for spec in self._project.specs if self._asked or target in spec.targets]
            _check_names(specs, target)
            for spec in specs:
                built = self._project.build(spec, target)
                # The executable last: its path is the one that is returned.
                for source in (*built.sidecars, built.path):
                    files.append(Path(directory, source.name))
                    check_replaceable(files[-1])
                    _put(source, files[-1])
        for path in files[:-1]:
            self.app.display_info(self._project.shown(path))
        return str(files[-1])

    @cached_property
    def _project(self) -> Project:
        return Project(self.root, self.app)


def _file_name(spec: ModelSpec, target: str) -> str:
    from hatch_encoderfile.build import default_output

    return default_output(spec, target).name


def _pattern(names: Iterable[str], targets: Iterable[str]) -> re.Pattern[str]:
    """A pattern for these file names, the default names of other versions of the models, and their sidecars."""
    by_default = (rf".+-{re.escape(target)}\.encoderfile" for target in targets)
    return re.compile(rf"(?:{'|'.join((*map(re.escape, sorted(names)), *by_default))})(?:\..+)?")


def _check_targets(names: object, where: str) -> None:
    """Check the names of targets: for an unknown version, hatchling would end in a traceback."""
    from hatch_encoderfile.messages import did_you_mean
    from hatch_encoderfile.targets import TARGETS

    if not isinstance(names, list | None):
        raise UsageError(f"{where}expected an array of targets, found {names!r}")
    for name in names or []:
        if name not in TARGETS:
            hint = did_you_mean(str(name), TARGETS)
            raise UsageError(f"{where}{name}: unknown target, expected one of {', '.join(TARGETS)}{hint}")


def _check_names(specs: Iterable[ModelSpec], target: str) -> None:
    taken: dict[str, str] = {}
    for spec in specs:
        name = _file_name(spec, target)
        other = taken.setdefault(name.lower(), spec.name)  # some file systems do not distinguish case
        if other != spec.name:
            raise UsageError(f"{spec.origin}: {other} and {spec.name} would both be written to {name}: rename one")


def _put(source: Path, path: Path) -> None:
    """Atomically make `path` a hard link to `source`, or a copy if links are not supported."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copy2(source, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # rename(2) does nothing if both names are links to one file
