"""The Hatch builder: `hatch build -t encoderfile` puts the declared models into dist/, one file for each model and target."""

from __future__ import annotations

import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import EncoderfileError
from hatchling.builders.config import BuilderConfig
from hatchling.builders.plugin.interface import BuilderInterface
from hatchling.plugin.manager import PluginManager

if TYPE_CHECKING:
    from collections.abc import Callable

    from .spec import ModelSpec


class EncoderfileBuilder(BuilderInterface[BuilderConfig, PluginManager]):
    """Builds `[tool.encoderfile]`; the builder's versions are the targets."""

    PLUGIN_NAME = "encoderfile"

    def get_version_api(self) -> dict[str, Callable[..., str]]:
        """A build function for each target that a spec may name."""
        from .spec import TARGETS

        return {target: partial(self._build, target) for target in TARGETS}

    def get_default_versions(self) -> list[str]:
        """The targets that the spec asks for."""
        targets = [target for spec in self._specs() for target in spec.targets]
        return list(dict.fromkeys(targets))

    def _build(self, target: str, directory: str, **_: Any) -> str:
        """Build every declared model for a target; hatchling shows the path of the last one."""
        from .build import build, default_output

        paths = []
        for spec in self._specs():
            try:
                result = build(spec, target=target, output=Path(directory, default_output(spec, target).name))
            except EncoderfileError as error:
                self._abort(error)
            for note in result.notes:
                self.app.display_info(f"{spec.name}: {note}")
            paths.append(str(result.path))
        for path in paths[:-1]:
            self.app.display_success(path)
        return paths[-1]

    def _specs(self) -> list[ModelSpec]:
        from .spec import read_spec

        try:
            return read_spec(Path(self.root, "pyproject.toml"))
        except EncoderfileError as error:
            self._abort(error)

    def _abort(self, error: EncoderfileError) -> Any:
        if self.app.verbosity >= 1:
            self.app.display_error(traceback.format_exc())
        self.app.abort(error.diagnostics(), code=error.exit_code)
