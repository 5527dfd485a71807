"""`assembled_recipes.json`: the pinned contents of assembled bases. Another platform takes an entry there, and no code.

An entry may be incomplete (`Recipe.missing`); then nothing can be assembled from it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.standards import json
from hatch_encoderfile.targets import TRIPLES

from .description import Tool
from .standalone.pins import Source, read_source

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields

_FILE = "assembled_recipes.json"
_PATH = ("a relative path", is_safe_path)


class Part(NamedTuple):
    """The files that a base takes from one archive.

    Attributes:
        source: the archive; its size is 0 if unknown.
        take: `fnmatch` patterns of paths below the source's root; `*` matches slashes too.
        leave: patterns of exceptions from these.
        into: the folder of the base to which the files go.
    """

    source: Source
    take: tuple[str, ...]
    leave: tuple[str, ...]
    into: str


class Launcher(NamedTuple):
    """The native program with which a base begins, and which unpacks the files and starts them.

    Attributes:
        source: the program itself, not an archive.
        toolchain: the programs that compiled it.
    """

    source: Source
    toolchain: tuple[Tool, ...]


class Recipe(NamedTuple):
    """The recipe of the base of a target.

    Attributes:
        target: a target triple.
        floor: the oldest system on which it runs.
        launcher: None while there is none for this platform.
        start: the program that the launcher starts, and its first arguments.
        executables: the files that need the executable bit.
        parts: the sources of the files; one is named cpython and one numpy.
    """

    target: str
    floor: str
    launcher: Launcher | None
    start: tuple[str, ...]
    executables: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def missing(self) -> list[str]:
        """The things that are still missing for the base to be assembled, for messages."""
        sizes = [f"the size of {part.source.file}" for part in self.parts if not part.source.size]
        return sizes if self.launcher else ["a launcher", *sizes]

    def version(self, name: str) -> str:
        """The version of one of its sources."""
        return next(part.source.version for part in self.parts if part.source.name == name)


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes, by target."""
    return {item.target: item for item in parse(files(__package__).joinpath(_FILE).read_bytes())}


def parse(data: bytes, source: str = _FILE) -> list[Recipe]:
    """Read recipes.

    Raises:
        FaultsError: each fault with the key that has it.
    """
    with json.reading(data, source) as fields:
        return [_recipe(item) for item in fields.objects("recipes")]


def _recipe(item: Fields) -> Recipe:
    start = item.strings("start") or [""]
    if not is_safe_path(start[0]):
        item.fault("expected a relative path first", "start")
    made = Recipe(
        target=item.text("target", "a target triple", TRIPLES.__contains__),
        floor=item.string("floor"),
        launcher=_launcher(item.member("launcher")) if not item.is_null("launcher") else None,
        start=tuple(start),
        executables=item.texts("executables", *_PATH),
        parts=tuple(map(_part, item.objects("sources"))),
    )
    item.ignore("launcher")
    names = [part.source.name for part in made.parts]
    if not {"cpython", "numpy"} <= set(names) or len(set(names)) != len(names):
        item.fault("expected different names, cpython and numpy among them", "sources")
    return made


def _launcher(item: Fields) -> Launcher:
    toolchain = [Tool(tool.string("name"), tool.string("version")) for tool in item.objects("toolchain")]
    made = Launcher(read_source(item), tuple(toolchain))
    item.close()
    return made


def _part(item: Fields) -> Part:
    take, leave = (tuple(item.strings(key) or ()) for key in ("take", "leave"))
    return Part(read_source(item), take, leave, item.text("into", *_PATH))
