"""Assembled bases: a launcher, followed by the files that it unpacks and starts. Nothing of these is run while building.

The archive of such a base holds resources:

    base.json, licenses/NAME.txt      as in every standalone base
    assembled.json                    {"executables": […], "start": […]}, paths below files/
    files/…                           CPython, numpy, and our runtime under files/runtime/
"""

from __future__ import annotations

import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import FormatError, UsageError
from encoderfile_runtime.format.base_archive import Flavour, Kind
from hatch_encoderfile.standards.json import canonical as canonical_json

from . import portable
from .archive import Member, encode_base
from .description import DESCRIPTION, BaseDescription, Ingredient
from .standalone.sources import check, obtain
from .standalone.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .assembled_recipes import Part, Recipe

LAYOUT = "assembled.json"
SOURCES = "base-sources"
_FILES = "files/"
_RUNTIME = "runtime"


def build(recipe: Recipe, output: Path, cache: Path, say: Callable[[str], None] = lambda _: None) -> None:
    """Obtain the sources of a recipe and assemble its base.

    Args:
        recipe: the recipe.
        output: the file to write.
        cache: a folder in which sources are kept.
        say: called with a line about each download.

    Raises:
        UsageError: the recipe is not complete.
        EncoderfileError: a source cannot be obtained, or has another digest.
    """
    if recipe.missing or recipe.launcher is None:
        raise UsageError(
            f"target {recipe.target!r}: {' and '.join(recipe.missing)} is missing in assembled_recipes.json"
        )
    launcher = obtain(recipe.launcher.source, cache / SOURCES, say)
    archives = {part.source.name: obtain(part.source, cache / SOURCES, say) for part in recipe.parts}
    output.write_bytes(assemble(recipe, launcher, archives))


def assemble(recipe: Recipe, launcher: Path, archives: Mapping[str, Path]) -> bytes:
    """Assemble a base; the bytes depend on the arguments alone.

    Args:
        recipe: the recipe.
        launcher: the launcher's program.
        archives: the recipe's archives, by the names of their sources.

    Raises:
        IntegrityError: a file differs from its pin.
        FormatError: an archive is malformed, or lacks files that the recipe takes.
        UsageError: the recipe has no launcher.
    """
    if recipe.launcher is None:
        raise UsageError(f"target {recipe.target!r}: there is no launcher for it")
    check(recipe.launcher.source, launcher)
    found = {f"{_RUNTIME}/{name}": data for name, data in portable.runtime().items()}
    licenses = {}
    for part in recipe.parts:
        archive = archives[part.source.name]
        check(part.source, archive)
        with tempfile.TemporaryDirectory(prefix="encoderfile-") as folder:
            unpack(archive, Path(folder, "unpacked"))
            root = Path(folder, "unpacked", part.source.root)
            taken = dict(_taken(part, root))
            licenses[f"licenses/{part.source.name}.txt"] = _texts(part, root)
        # A file from two sources would depend on their order, and a pattern that matches nothing is a mistake in the
        # recipe.
        twice = sorted(found.keys() & taken.keys())
        if twice or not taken:
            raise FormatError(str(archive), f"{twice[0]}: another source has it, too" if twice else "nothing is taken")
        found |= taken
    absent = sorted({*recipe.executables, recipe.start[0]} - found.keys())
    if absent:
        raise FormatError(recipe.target, f"{absent[0]}: no source has it")
    layout = canonical_json({"executables": sorted(recipe.executables), "start": list(recipe.start)})
    resources = {DESCRIPTION: _describe(recipe).dump(), LAYOUT: layout, **licenses}
    resources |= {f"{_FILES}{name}": data for name, data in found.items()}
    members = [Member(name, Kind.RESOURCE, resources[name]) for name in sorted(resources)]
    return encode_base(launcher.read_bytes(), members, Flavour.ASSEMBLED)


def _taken(part: Part, root: Path) -> Iterator[tuple[str, bytes]]:
    """The files that a part takes, by their paths in the base; a link is replaced by the file to which it leads."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not _matches(name, part.take) or _matches(name, part.leave) or path.is_dir():
            continue
        yield f"{part.into}/{name}", _read(part, root, name)


def _read(part: Part, root: Path, name: str) -> bytes:
    """Read a file of the unpacked archive.

    `unpack` checked each link alone. Through a chain of links a path may still lead outside, so the resolved one is
    checked.
    """
    try:
        path = (root / name).resolve(strict=True)
        if path.is_relative_to(root.resolve()) and path.is_file():
            return path.read_bytes()
    except (OSError, RuntimeError):  # a link to nothing, or in circles
        pass
    raise FormatError(part.source.file, f"{name}: expected a file of the archive")


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _texts(part: Part, root: Path) -> bytes:
    """The licence texts of a part, each under its name."""
    texts = []
    for name in part.source.licenses:
        head = f"==== {part.source.name} {part.source.version}: {name}\n\n"
        texts.append(head.encode() + _read(part, root, name))
    return b"\n".join(texts)


def _describe(recipe: Recipe) -> BaseDescription:
    ingredients = [
        Ingredient(
            part.source.name,
            part.source.version,
            part.source.license,
            part.source.purl,
            part.source.sha256,
            part.source.file,
            (f"licenses/{part.source.name}.txt",),
        )
        for part in recipe.parts
    ]
    return BaseDescription(
        flavour=Flavour.ASSEMBLED.name.lower(),
        target=recipe.target,
        floor=recipe.floor,
        runtime_version=__version__,
        python=recipe.version("cpython"),
        numpy=recipe.version("numpy"),
        ingredients=tuple(sorted(ingredients)),
        toolchain=tuple(sorted(recipe.launcher.toolchain)) if recipe.launcher else (),
    )
