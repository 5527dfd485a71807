"""Linking the program of a static base: our C files, CPython, numpy and the libraries, into one static ELF file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hatch_encoderfile.bases.standalone.process import Runner

if TYPE_CHECKING:
    from hatch_encoderfile.bases.standalone.ingredients import Ingredients
    from hatch_encoderfile.bases.standalone.process import StrPath

_HERE = Path(__file__).parent
SOURCES = ("main.c", "image.c", "memory.c", "module.c")
PROGRAM = "program"
HEADERS = ("image.h", "memory.h", "module.h")

_NUMPY = "numpy._core._multiarray_umath"  # its other module is left out, see modules.py
_COMPILE = (
    "-std=gnu17",
    "-O2",
    "-g0",
    "-fno-pie",
    "-ffunction-sections",
    "-DNDEBUG",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wconversion",
    "-Wno-sign-conversion",
    "-Wstrict-prototypes",
)
_LINK = (
    "-static",
    "-no-pie",  # no relocations at start, so that its pages stay shared with the page cache
    "-Wl,--gc-sections",
    "-Wl,--build-id=none",
    "-Wl,-z,noexecstack",
    "-Wl,-z,relro,-z,now",
    "-Wl,--wrap=_PyConfig_InitPathConfig",  # main.c says why
    "-Wl,--strip-all",
)


def key_of(ingredients: Ingredients) -> str:
    """The digest of the program's inputs: sources, options, tools, and the libraries by their paths, which have digests."""
    digest = hashlib.sha256()
    for name in (*SOURCES, *HEADERS, Path(__file__).name):
        digest.update(hashlib.sha256((_HERE / name).read_bytes()).digest())
    names = [str(path) for path in (*ingredients.libraries, ingredients.modules[_NUMPY])]
    digest.update(json.dumps([names, ingredients.tools]).encode())
    return digest.hexdigest()


def link(ingredients: Ingredients, work: Path, result: Path) -> None:
    """Compile and link the program: `RESULT/program`.

    Args:
        ingredients: for the target.
        work: an existing folder, for objects and the log.
        result: an existing folder.

    Raises:
        BuildError: a compiler fails.
    """
    runner = Runner(work, work / "link.log")
    tool = ingredients.toolchain.command
    maps = [f"-ffile-prefix-map={path}=." for path in (_HERE, *ingredients.include)]
    flags = [*_COMPILE, *maps, *(f"-I{path}" for path in ingredients.include)]
    objects = [work / Path(name).with_suffix(".o").name for name in SOURCES]
    for name, made in zip(SOURCES, objects, strict=True):
        runner.run([tool("gcc"), *flags, "-c", _HERE / name, "-o", made], work)
    inputs: list[StrPath] = [*objects, ingredients.modules[_NUMPY], *ingredients.libraries, "-lm"]
    runner.run([tool("g++"), *_LINK, "-o", result / PROGRAM, *inputs], work)
