"""Adding models to a wheel: executables, their SBOM, manifest and provenance, the wheel's tag, and a requirement."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile import targets
from hatch_encoderfile.messages import did_you_mean
from hatch_encoderfile.targets import TARGETS

from .store import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatchling.builders.config import BuilderConfig
    from hatchling.metadata.core import ProjectMetadata

    from hatch_encoderfile.spec import ModelSpec

    from .options import HookOptions
    from .project import Project
    from .store import StoredBuild

REQUIREMENT = "numpy>=1.24"
_SBOM = ".cdx.json"
_TESTS = {"test", "tests"}


class Wheel:
    """Fills the build data of a wheel, whose keys are those of hatchling's wheel builder.

    Attributes:
        adds_requirement: a warning if the project's dependencies lack the executables' requirement; else empty.
    """

    def __init__(
        self, project: Project, options: HookOptions, metadata: ProjectMetadata[Any], build_data: dict[str, Any]
    ) -> None:
        self._project = project
        self._options = options
        self._metadata = metadata
        self._data = build_data
        self.adds_requirement = ""

    def allow_no_package(self, config: BuilderConfig) -> None:
        """Allow a wheel without a Python package, as the option `bypass-selection` does, if the repo has none."""
        root = self._project.root
        found = {path.parent.name for pattern in ("*", "src/*") for path in root.glob(f"{pattern}/__init__.py")}
        if not found - _TESTS:
            config.target_config.setdefault("bypass-selection", True)

    def add_models(self, environment_target: str | None) -> Iterator[Path]:
        """Build the chosen models and add them; yield the paths of the executables.

        Raises:
            EncoderfileError: a model cannot be built, or the options don't fit.
        """
        specs = self._project.chosen(self._options.models)
        target = self._target(specs, environment_target)
        self._check_scripts(specs)
        platforms = set()
        for spec in specs:
            built = self._project.build(spec, target)
            self._add(built, target)
            platforms.add(built.platform)
            yield built.path
        self._tag(target, platforms)
        if ANY in platforms:
            self._require()

    def _target(self, specs: list[ModelSpec], environment_target: str | None) -> str:
        if environment_target:
            if environment_target not in TARGETS:
                hint = did_you_mean(environment_target, TARGETS)
                raise UsageError(
                    f"ENCODERFILE_TARGET: unknown target {environment_target!r}, expected one of {', '.join(TARGETS)}{hint}"
                )
            return environment_target
        if self._options.target:
            return self._options.target
        declared = list(dict.fromkeys(target for spec in specs for target in spec.targets))
        if len(declared) == 1:
            return declared[0]
        # Several targets: prefer the one whose wheel installs anywhere, then the one that can be tested here.
        for target in (PORTABLE, _host()):
            if target and all(target in spec.targets for spec in specs):
                return target
        raise UsageError(
            f"{self._project.origin}: a wheel is for one target, but the models declare {', '.join(declared)}: "
            "set the hook's target, or ENCODERFILE_TARGET"
        )

    def _check_scripts(self, specs: list[ModelSpec]) -> None:
        core = self._metadata.core
        for spec in specs if self._options.place == "script" else ():
            if spec.name in {*core.scripts, *core.gui_scripts}:
                raise UsageError(
                    f"{self._project.origin}: {spec.name} is a script of [project] and the model's name, so the wheel would "
                    'install two files at one place: rename one, or set the hook\'s place to "package" or "data"'
                )

    def _add(self, built: StoredBuild, target: str) -> None:
        file_name = f"{built.name}.encoderfile"
        match self._options.place:
            case "script":
                # Windows runs a native program only with this suffix; a portable one is started by Python.
                ending = ".exe" if "-windows-" in target and built.platform != ANY else ""
                self._data["shared_scripts"][str(built.path)] = f"{built.name}{ending}"
            case "data":
                self._data["shared_data"][str(built.path)] = f"share/encoderfile/{file_name}"
            case "package":
                package = self._options.package or canonicalize_name(self._metadata.core.name).replace("-", "_")
                self._data["force_include"][str(built.path)] = f"{package.replace('.', '/')}/{file_name}"
        self._data["extra_metadata"][str(built.manifest)] = f"encoderfile/{built.manifest.name}"
        for path in built.sidecars:
            if path.name.endswith(_SBOM):
                self._data["sbom_files"].append(str(path))
            else:
                self._data["extra_metadata"][str(path)] = f"encoderfile/{path.name}"

    def _tag(self, target: str, platforms: set[str | None]) -> None:
        """Set the wheel's tag, by the option, else by the platform of the bases; another hook's choice is kept."""
        native = platforms - {ANY}
        if self._options.tag:
            self._data["tag"] = self._options.tag
        elif not native:
            # Nothing native: any platform, unless another hook already asked hatchling for this interpreter's tag.
            if not self._data["infer_tag"]:
                self._data.setdefault("tag", f"py3-none-{ANY}")
        elif None in native or len(native) > 1:
            known = ", ".join(sorted(filter(None, native)))
            what = f"is not one thing for all models ({known})" if known else "is not known"
            raise UsageError(
                f"{self._project.origin}: the base of target {target!r} does not run everywhere, and what it needs {what}: "
                "set the hook's tag, such as 'py3-none-manylinux_2_28_x86_64'"
            )
        else:
            self._data["tag"] = f"py3-none-{native.pop()}"
        if platforms != {ANY}:
            self._data["pure_python"] = False  # Root-Is-Purelib: false, as for every wheel with native code

    def _require(self) -> None:
        name = Requirement(REQUIREMENT).name
        if name not in {canonicalize_name(Requirement(line).name) for line in self._metadata.core.dependencies}:
            self._data["dependencies"].append(REQUIREMENT)
            self.adds_requirement = (
                f"{REQUIREMENT!r} is added to the wheel's requirements; list it in project.dependencies, too: "
                "installers such as uv read those before they build"
            )


def _host() -> str | None:
    """This machine's target, if it has one."""
    with suppress(UsageError):
        return str(targets.host())
    return None
