"""Compiling the inputs of a standalone base from pinned sources: static libraries, numpy's objects, Python files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hatch_encoderfile.bases.description import Ingredient, Tool

from .builder import LICENSES, Builder
from .pins import read_lock
from .recipes import cpython, numpy, openblas
from .results import Store
from .toolchain import native

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .pins import Source
    from .toolchain import Toolchain

_LIBRARIES = {"openssl": ("ssl", "crypto"), "zlib": ("z",), "zstd": ("zstd",), "openblas": ("openblas",)}
_PATCHES = {"openblas": openblas.PATCHES}


class Ingredients(NamedTuple):
    """The inputs of a base for one target.

    Attributes:
        toolchain: the toolchain that compiled them and links them.
        libraries: static libraries, in link order.
        modules: numpy's objects, by the full names of the modules whose `PyInit_` functions they have.
        include: folders with the headers of CPython, OpenSSL, zlib and zstd.
        interpreter: a Python of the same version for this machine; it needs `home` as PYTHONHOME.
        home: the installation of that Python.
        stdlib: the folder of the standard library's Python files.
        numpy: the parent folder of numpy's Python files.
        contents: the sources of `libraries` and `modules` for the base's description, sorted by name.
        licenses: licence texts, by the resource names in `contents`.
        tools: the build tools for the base's description, sorted by name.
    """

    toolchain: Toolchain
    libraries: tuple[Path, ...]
    modules: Mapping[str, Path]
    include: tuple[Path, ...]
    interpreter: Path
    home: Path
    stdlib: Path
    numpy: Path
    contents: tuple[Ingredient, ...]
    licenses: Mapping[str, bytes]
    tools: tuple[Tool, ...]


def build_ingredients(
    target: str,
    *,
    cache: Path,
    work: Path,
    jobs: int,
    report: Callable[[str], None] = lambda _: None,
    use_results: bool = True,
) -> Ingredients:
    """Obtain, compile and collect the inputs of a base for `target`.

    Args:
        target: a triple.
        cache: the folder for sources and results.
        work: an existing folder for compilation; after a failure, a folder with a `log` stays there.
        jobs: number of compilers that may run at once.
        report: called with a line about each step.
        use_results: whether earlier results may be used; else all are made again, in `work`.

    Raises:
        EncoderfileError: something is missing or fails; the message says what to do.
    """
    store = Store((cache if use_results else work) / "base-ingredients")
    builder = Builder(cache / "base-sources", store, work, jobs, report)
    toolchain = builder.toolchain(target)
    lock = read_lock()
    made = {name: builder.make(name, target).path for name in lock.ingredients}
    home = builder.make("cpython", native()).path
    objects = {module: made["numpy"] / f"lib/{module.rpartition('/')[2]}.o" for module in numpy.MODULES}
    libraries = [made["cpython"] / cpython.LIBRARY]
    libraries += [made[name] / f"lib/lib{file}.a" for name, files in _LIBRARIES.items() for file in files]
    licenses = {_resource(name): (path / LICENSES).read_bytes() for name, path in made.items()}
    made_with = [Tool(source.name, source.version) for source in lock.tools.values()]
    return Ingredients(
        toolchain=toolchain,
        libraries=tuple(libraries),
        modules={module.replace("/", "."): path for module, path in objects.items()},
        include=(made["cpython"] / cpython.HEADERS, *(made[name] / "include" for name in ("openssl", "zlib", "zstd"))),
        interpreter=home / cpython.PROGRAM,
        home=home,
        stdlib=made["cpython"] / cpython.STDLIB,
        numpy=made["numpy"] / "python",
        contents=tuple(sorted(map(_content, lock.ingredients.values()))),
        licenses=licenses,
        tools=tuple(sorted([*toolchain.versions, *made_with])),
    )


def _resource(name: str) -> str:
    return f"licenses/{name}.txt"


def _content(source: Source) -> Ingredient:
    resource, patches = (_resource(source.name),), _PATCHES.get(source.name, ())
    pinned = (source.name, source.version, source.license, source.purl, source.sha256, source.file)
    return Ingredient(*pinned, resource, patches)
