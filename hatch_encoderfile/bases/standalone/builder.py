"""Running the recipes: each ingredient after its dependencies, with results stored by a digest of all their inputs."""

from __future__ import annotations

import shutil
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError

from .pins import read_lock
from .process import Runner
from .recipes.step import Step
from .results import key_of
from .sources import obtain
from .toolchain import find_toolchain, native
from .unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from .pins import Source
    from .results import Store
    from .toolchain import Toolchain

LICENSES = "LICENSES"
_RECIPES = Path(__file__).with_name("recipes")


class Made(NamedTuple):
    """The result of a recipe: the digest of its inputs, and its folder."""

    key: str
    path: Path


class Builder:
    """Runs recipes for targets, each at most once.

    Args:
        sources: the folder of archives.
        store: the store of results.
        work: an existing folder for compilation.
        jobs: number of compilers that may run at once.
        report: called with a line about each step.
    """

    def __init__(self, sources: Path, store: Store, work: Path, jobs: int, report: Callable[[str], None]) -> None:
        self._sources = sources.resolve()
        self._store = store
        self._work = work.resolve()
        self._jobs = jobs
        self._report = report
        self._lock = read_lock()
        self._toolchains: dict[str, Toolchain] = {}
        self._made: dict[tuple[str, str], Made] = {}

    def toolchain(self, target: str) -> Toolchain:
        """The toolchain for a target.

        Raises:
            EncoderfileError: programs are missing.
        """
        if target not in self._toolchains:
            self._toolchains[target] = find_toolchain(target)
        return self._toolchains[target]

    def make(self, name: str, target: str) -> Made:
        """Run a recipe for a target, after its dependencies.

        Raises:
            EncoderfileError: a source or a program is missing, or a program fails.
        """
        if name in self._lock.tools:  # a tool runs on this machine, whatever it is used to build for
            target = native()
        if (name, target) not in self._made:
            self._made[name, target] = self._make(name, target)
        return self._made[name, target]

    def _make(self, name: str, target: str) -> Made:
        recipe = import_module(f"{__package__}.recipes.{name}")
        source, toolchain = self._lock.source(name), self.toolchain(target)
        needs = {need: self.make(need, target) for need in recipe.NEEDS}
        for need in getattr(recipe, "NEEDS_NATIVE", ()):
            if (need, target) != (name, native()):
                needs[f"native {need}"] = self.make(need, native())
        keys = {need: made.key for need, made in needs.items()}
        key = key_of(source, toolchain, keys, _files(recipe))

        def build(result: Path) -> None:
            self._report(f"{name} {source.version} for {target}: compiles")
            begun = time.monotonic()
            self._build(recipe, source, toolchain, {need: made.path for need, made in needs.items()}, result)
            self._report(f"{name} {source.version} for {target}: {time.monotonic() - begun:.0f} s")

        return Made(key, self._store.get(f"{name}-{target}", key, build))

    def _build(
        self, recipe: ModuleType, source: Source, toolchain: Toolchain, needs: dict[str, Path], result: Path
    ) -> None:
        """Unpack the source, run the recipe and remove all but the result; after a failure, everything is kept."""
        folder = self._work / f"{source.name}-{toolchain.target}"
        shutil.rmtree(folder, ignore_errors=True)
        unpack(obtain(source, self._sources, self._report), folder / "source")
        for name in ("work", "home"):
            (folder / name).mkdir()
        runner = Runner(folder / "home", folder / "log")
        place = folder / "source" / source.root
        (result / LICENSES).write_bytes(_texts(source, place))
        recipe.build(Step(place, folder / "work", result, needs, toolchain, runner, self._jobs))
        shutil.rmtree(folder)


def _texts(source: Source, folder: Path) -> bytes:
    """The licence texts of a source, each below a title."""
    missing = [name for name in source.licenses if not (folder / name).is_file()]
    if missing:
        raise EncoderfileError(f"{source.file}: has no {missing[0]}: correct `licenses` of {source.name} in the lock")
    titles = [f"==== {source.name} {source.version}: {name}\n\n".encode() for name in source.licenses]
    return b"\n".join(title + (folder / name).read_bytes() for title, name in zip(titles, source.licenses, strict=True))


def _files(recipe: ModuleType) -> list[Path]:
    """The files on which a recipe depends: its own, and those that it lists in FILES."""
    return [_RECIPES / name for name in (f"{recipe.__name__.rpartition('.')[2]}.py", *getattr(recipe, "FILES", ()))]
