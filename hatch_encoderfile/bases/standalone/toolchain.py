"""The compilers, tools and system libraries for building a base; missing ones are reported with their Debian packages.

The bytes of a base depend on their versions, so each is recorded.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from encoderfile_runtime.errors import FaultsError, UsageError
from hatch_encoderfile.bases.description import Tool
from hatch_encoderfile.targets import parse

from .process import SEARCH_PATH, output

TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
_DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
_GNU = {"x86_64": "x86-64-linux-gnu", "aarch64": "aarch64-linux-gnu"}  # as Debian's packages have it
_COMPILERS = {
    "gcc": "gcc",
    "g++": "g++",
    "ar": "binutils",
    "ld": "binutils",
    "nm": "binutils",
    "objcopy": "binutils",
    "ranlib": "binutils",
    "readelf": "binutils",
    "strip": "binutils",
}
_LIBRARIES = ("libc.a", "libgcc.a", "libm.a", "libstdc++.a")
_HELPERS = {"make": "make", "ninja": "ninja-build", "perl": "perl"}


class Toolchain(NamedTuple):
    """The toolchain for one target.

    Attributes:
        target: a target triple.
        triple: GNU's name of the target, such as `aarch64-linux-gnu`.
        prefix: prefix of the compilers' names: empty if native, else `triple` and a hyphen.
        versions: of all programs, sorted by name.
        libraries: file names and digests of the system's static libraries.
    """

    target: str
    triple: str
    prefix: str
    versions: tuple[Tool, ...]
    libraries: tuple[tuple[str, str], ...]

    def command(self, name: str) -> str:
        """The name of a compiler or one of the binutils for this target."""
        return self.prefix + name

    @property
    def is_native(self) -> bool:
        """Whether the target is this machine's."""
        return not self.prefix


def native() -> str:
    """The target of this machine.

    Raises:
        UsageError: bases cannot be built on this kind of machine.
    """
    target = f"{platform.machine()}-unknown-linux-gnu"
    if sys.platform != "linux" or target not in TARGETS:
        raise UsageError(
            f"standalone bases are built on Linux on x86-64 or arm64, this is {sys.platform} on {platform.machine()}: "
            "fetch one with `encoderfile base fetch`"
        )
    return target


def find_toolchain(target: str) -> Toolchain:
    """The programs that compile for a target, native or cross.

    Raises:
        UsageError: there is no recipe for the target, or this machine cannot build bases.
        FaultsError: programs are missing; it lists each with its Debian package.
    """
    if target not in TARGETS:
        raise UsageError(f"{target}: standalone bases can be built for {' and '.join(TARGETS)}")
    machine = parse(target).arch
    triple = f"{machine}-linux-gnu"
    prefix = "" if target == native() else f"{triple}-"
    wanted = {prefix + name: _package(package, prefix and _GNU[machine]) for name, package in _COMPILERS.items()}
    wanted |= _HELPERS
    missing = {name: package for name, package in wanted.items() if not _which(name)}
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        faults = [f"{name}: is missing, Debian has it in {package}" for name, package in missing.items()]
        raise FaultsError(f"build tools: apt-get install {packages}", faults)
    versions = tuple(Tool(name, _version(name)) for name in sorted(wanted))
    return Toolchain(target, triple, prefix, versions, _libraries(prefix, machine))


def _package(package: str, cross: str) -> str:
    """The package with the same programs for another machine: gcc-TRIPLE, binutils-TRIPLE."""
    return f"{package}-{cross}" if cross else package


def _libraries(prefix: str, machine: str) -> tuple[tuple[str, str], ...]:
    found = {name: library(f"{prefix}g++", name) for name in _LIBRARIES}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        package = f"libc6-dev-{_DEBIAN[machine]}-cross" if prefix else "libc6-dev"
        faults = [f"{name}: {prefix}g++ does not find it" for name in missing]
        raise FaultsError(f"build tools: apt-get install {package}", faults)
    return tuple((name, hashlib.sha256(path.read_bytes()).hexdigest()) for name, path in found.items() if path)


def library(compiler: str, name: str) -> Path | None:
    """The path of a static system library as a compiler finds it; None if it does not."""
    path = Path(output([compiler, f"-print-file-name={name}"]).strip())
    return path.resolve() if path.is_absolute() and path.is_file() else None


def _which(name: str) -> str | None:
    return shutil.which(name, path=SEARCH_PATH)


def _version(name: str) -> str:
    """The version of a program: the first word beginning with a digit in the first line of `--version`.

    For gcc that is Debian's revision, which stands in parentheses and distinguishes builds of one version.
    """
    text = output([name, "--version"])
    if name == "perl":
        text = text.partition("(v")[2].partition(")")[0]
    words = text.partition("\n")[0].replace("(Debian ", "").replace(")", "").split()
    numbers = [word for word in words if word[0].isdigit()]
    return numbers[0] if numbers else "unknown"
