"""The system libraries that the compiler links into a base, glibc and GCC's runtime, with their licence texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.description import Ingredient
from hatch_encoderfile.bases.standalone.toolchain import library
from hatch_encoderfile.standards.purl import Purl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatch_encoderfile.bases.standalone.toolchain import Toolchain

TEXTS = Path(__file__).with_name("licenses")
_GCC, _GLIBC = "libstdc++.a", "libc.a"
_SAYS = re.compile(rb"GNU C Library \((?:[ -'*-~]* )?([0-9][!-'*-~]*)\) stable release")


def system_ingredients(toolchain: Toolchain) -> Iterator[tuple[Ingredient, bytes]]:
    """The libraries with their licence texts; their digest is that of the compiler's static library.

    Raises:
        EncoderfileError: the C library is not glibc.
    """
    digests = dict(toolchain.libraries)
    compiler = toolchain.command("gcc")
    gcc = next(tool.version for tool in toolchain.versions if tool.name == compiler)
    for name, version, license_, file in (
        ("gcc-runtime", gcc, "GPL-3.0-or-later WITH GCC-exception-3.1", _GCC),
        ("glibc", _glibc_version(compiler), "LGPL-2.1-or-later", _GLIBC),
    ):
        text = TEXTS / f"{name}.txt"
        purl = str(Purl("generic", None, name, version))
        yield (
            Ingredient(name, version, license_, purl, digests[file], file, (f"licenses/{name}.txt",)),
            text.read_bytes(),
        )


def _glibc_version(compiler: str) -> str:
    """The version in the library's banner, with the distribution's revision."""
    path = library(compiler, _GLIBC)
    says = _SAYS.search(path.read_bytes()) if path else None
    if says is None:
        raise EncoderfileError(f"{_GLIBC} of {compiler}: is not glibc: build on Debian with libc6-dev")
    return says[1].decode()
