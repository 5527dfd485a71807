"""The build hook: adds the declared models to wheels, and checks that an sdist has all inputs to build them."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

from encoderfile_runtime.escaping import line

from .project import Project, translated

if TYPE_CHECKING:
    from .options import HookOptions


class EncoderfileBuildHook(BuildHookInterface[BuilderConfig]):
    """Acts on wheels and sdists; other build targets are left alone."""

    PLUGIN_NAME = "encoderfile"

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002 - all versions share the builds
        """Remove the stored builds."""
        with translated(self.app):
            self._project.store.clean()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add executables and sidecars to a wheel's build data, or warn about inputs that are missing in an sdist."""
        with translated(self.app):
            if self.target_name == "wheel":
                self._initialize_wheel(version, build_data)
            elif self.target_name == "sdist":
                self._check_sdist()

    def _initialize_wheel(self, version: str, build_data: dict[str, Any]) -> None:
        from .wheel import Wheel

        options = self._options()
        wheel = Wheel(self._project, options, self.metadata, build_data)
        wheel.allow_no_package(self.build_config)
        if version == "editable" and options.editable == "skip":
            self.app.display_info('The encoderfile is left out of editable installs; editable = "build" puts it in')
            return
        for path in wheel.add_models(os.environ.get("ENCODERFILE_TARGET")):
            self.app.display_info(self._project.shown(path))
        if wheel.adds_requirement:
            self.app.display_warning(line(wheel.adds_requirement))

    def _check_sdist(self) -> None:
        from .sdist import missing_inputs

        self._options()
        included = [file.path for file in self.build_config.builder.recurse_included_files()]
        for spec in self._project.specs:
            for lack in missing_inputs(spec, included):
                self.app.display_warning(line(f"sdist: {spec.name}: {lack}"))

    def _options(self) -> HookOptions:
        from .options import read_options

        hooks = self.build_config.target_config.get("hooks", {})
        table = f"targets.{self.target_name}.hooks" if self.PLUGIN_NAME in hooks else "hooks"
        return read_options(self.config, f"tool.hatch.build.{table}.{self.PLUGIN_NAME}", self._project.origin)

    @cached_property
    def _project(self) -> Project:
        return Project(self.root, self.app)
