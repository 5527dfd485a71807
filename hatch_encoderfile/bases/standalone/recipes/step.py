"""The interface between the builder and a recipe: folders, dependencies, toolchain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hatch_encoderfile.bases.standalone.process import Runner, StrPath
    from hatch_encoderfile.bases.standalone.toolchain import Toolchain


class Step(NamedTuple):
    """The compilation of one ingredient.

    Attributes:
        source: its unpacked source; the recipe may change it.
        work: an empty folder. Neither its path nor that of `source` may get into the result.
        result: an empty folder for the result.
        needs: the results of the recipe's NEEDS, by ingredient.
        toolchain: the toolchain for the target.
        runner: runs programs.
        jobs: number of compilers that may run at once.
    """

    source: Path
    work: Path
    result: Path
    needs: Mapping[str, Path]
    toolchain: Toolchain
    runner: Runner
    jobs: int

    @property
    def cflags(self) -> str:
        """Flags for all C and C++: paths of this machine replaced, and a section for each function, for --gc-sections."""
        mapped = [f"-ffile-prefix-map={path}={name}" for path, name in self._places()]
        return " ".join(["-g0", "-fPIE", "-ffunction-sections", "-fdata-sections", *mapped])

    def without_places(self, text: str) -> str:
        """A text for the result, with the paths of this machine replaced by fixed names."""
        for path, name in self._places():
            text = text.replace(str(path), f"/{name}")
        return text

    def _places(self) -> list[tuple[Path, str]]:
        needs = [(path, name.replace(" ", "-")) for name, path in self.needs.items()]
        return [(self.source, "source"), (self.work, "work"), *needs]

    def tools(self) -> dict[str, str]:
        """The compilers as environment variables of configure scripts."""
        names = {"CC": "gcc", "CXX": "g++", "AR": "ar", "RANLIB": "ranlib", "NM": "nm", "READELF": "readelf"}
        return {variable: self.toolchain.command(name) for variable, name in names.items()}

    def run(self, *command: StrPath, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Run a program in a folder, by default the source, with additional environment variables.

        Raises:
            BuildError: it fails.
        """
        self.runner.run(command, folder or self.source, environment or {})

    def archive(self, path: Path, objects: Sequence[Path]) -> None:
        """Make a static library whose members have no owner and no time.

        Raises:
            BuildError: ar fails.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.run(self.toolchain.command("ar"), "rcsD", path, *objects)

    def compile(self, sources: Sequence[Path], *flags: str) -> list[Path]:
        """Compile C files into objects in `work`, one after the other.

        Raises:
            BuildError: the compiler fails.
        """
        objects = [self.work / f"{path.stem}.o" for path in sources]
        for path, made in zip(sources, objects, strict=True):
            self.run(self.toolchain.command("gcc"), *self.cflags.split(), *flags, "-c", path, "-o", made)
        return objects
