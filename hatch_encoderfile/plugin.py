"""The Hatch builder: `hatch build -t encoderfile` puts the declared models into dist/, one file for each model and target."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.plugin.interface import BuilderInterface
from hatchling.plugin.manager import PluginManager

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .spec import ModelSpec


class EncoderfileBuilder(BuilderInterface[BuilderConfig, PluginManager]):
    """Builds `[tool.encoderfile]`; the builder's versions are the targets."""

    PLUGIN_NAME = "encoderfile"

    def get_version_api(self) -> dict[str, Callable[..., str]]:
        """A build function for each target that a spec may name."""
        from .spec.fields import TARGETS

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
            with self._translated():
                result = build(spec, target=target, output=Path(directory, default_output(spec, target).name))
                for note in result.notes:
                    self.app.display_info(f"{spec.name}: {note}")
                paths.append(str(result.path))
        for path in paths[:-1]:
            self.app.display_success(path)
        return paths[-1]

    def _specs(self) -> list[ModelSpec]:
        from .spec import read_spec

        specs: list[ModelSpec] = []
        with self._translated():
            specs = read_spec(Path(self.root, "pyproject.toml"))
        return specs  # noqa: RET504 - the block above may end in an abort

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn an error that a user can act on into hatchling's clean end, with the traceback for those who ask."""
        try:
            yield
        except EncoderfileError as error:
            if self.app.verbosity >= 1:
                self.app.display_error(traceback.format_exc())
            self.app.abort(error.diagnostics(), code=error.exit_code)
