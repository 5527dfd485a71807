"""`assembled_recipes.json`: what assembled bases are made of, by digest. A base for another platform is an entry there, not code.

An entry may lack what nobody has made or looked up yet; it says so, and nothing can be assembled from it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.targets import TRIPLES

from .description import Tool
from .standalone.pins import Source

_FILE = "assembled_recipes.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Part(NamedTuple):
    """Files of one archive.

    Attributes:
        source: the archive; its size is 0 where it is not known.
        take: patterns of `fnmatch` for paths below the source's root, where `*` goes into folders, too.
        leave: the same, for what is left out of what is taken.
        into: the folder that the files go to.
    """

    source: Source
    take: tuple[str, ...]
    leave: tuple[str, ...]
    into: str


class Launcher(NamedTuple):
    """The native program that a base begins with: it unpacks the files and starts them.

    Attributes:
        source: the program itself, not an archive.
        toolchain: what it was compiled with.
    """

    source: Source
    toolchain: tuple[Tool, ...]


class Recipe(NamedTuple):
    """How to assemble the base of a target.

    Attributes:
        floor: the oldest system that it runs on.
        launcher: None while there is none for this platform.
        start: the program that the launcher starts and the arguments that come first.
        executables: the files that have to be executable.
        parts: what the files are from; one is named cpython and one numpy.
    """

    target: str
    floor: str
    launcher: Launcher | None
    start: tuple[str, ...]
    executables: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def missing(self) -> list[str]:
        """What has to be made or looked up before the base can be assembled."""
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
        FaultsError: one of them has a fault.
    """
    from hatch_encoderfile.standards.json import parse as parse_json

    try:
        return [_recipe(item) for item in parse_json(data)["recipes"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FaultsError(source, [f"{type(error).__name__}: {error}"]) from None


def _recipe(item: dict[str, Any]) -> Recipe:
    launcher = item["launcher"]
    made = Recipe(
        **item
        | {
            "launcher": launcher and Launcher(_source(launcher), tuple(Tool(**tool) for tool in launcher["toolchain"])),
            "start": _paths(item["start"][:1]) + tuple(item["start"][1:]),
            "executables": _paths(item["executables"]),
            "parts": tuple(map(_part, item.pop("sources"))),
        }
    )
    names = [part.source.name for part in made.parts]
    if made.target not in TRIPLES or not {"cpython", "numpy"} <= set(names) or len(set(names)) != len(names):
        raise ValueError(
            f"{made.target}: expected a triple, and sources of different names, cpython and numpy among them"
        )
    return made


def _part(item: dict[str, Any]) -> Part:
    return Part(_source(item), tuple(item["take"]), tuple(item["leave"]), *_paths([item["into"]]))


def _source(item: dict[str, Any]) -> Source:
    values = {name: item[name] for name in Source._fields}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    made = Source(**values | lists | {"size": item["size"] or 0})
    if not _SHA256.fullmatch(made.sha256) or not made.locators:
        raise ValueError(f"{made.file}: expected a sha256 in hex, and at least one locator")
    _paths([made.file, *made.licenses])
    return made


def _paths(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if not is_safe_path(name):
            raise ValueError(f"{name!r}: expected a relative path")
    return tuple(names)
