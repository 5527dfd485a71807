"""Targets: the portable base, and the triples that Mozilla's `TargetSpec` (crate `encoderfile`, 0.7.0) accepts, no others."""

from __future__ import annotations

import platform
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.manifest import PORTABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "host"
TRIPLES = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
TARGETS = (PORTABLE, *TRIPLES)

_ARCHITECTURES = ("x86_64", "aarch64")
_FLOOR = re.compile(r"(Linux|glibc|macOS|Windows) ([0-9]{1,4})(?:\.([0-9]{1,4}))?")
_KERNEL = (3, 10)  # the one of manylinux2014's systems
_APPLE = {"x86_64": "x86_64", "aarch64": "arm64"}


class Target(NamedTuple):
    """A platform, by its triple.

    Attributes:
        arch: "x86_64" or "aarch64".
        os: "linux", "darwin" or "windows".
        abi: "gnu", "musl" or "msvc"; empty on macOS.
    """

    arch: str
    os: str
    abi: str

    def __str__(self) -> str:
        middle = {"linux": f"unknown-linux-{self.abi}", "darwin": "apple-darwin", "windows": "pc-windows-msvc"}
        return f"{self.arch}-{middle[self.os]}"


def parse(triple: str) -> Target:
    """The platform of a triple.

    Raises:
        UsageError: it is not one of `TRIPLES`; in Mozilla's words, with the nearest one.
    """
    match triple.split("-"):
        case [arch, "unknown", "linux", abi]:
            _check_arch(arch, triple, _ARCHITECTURES)
            if abi not in ("gnu", "musl"):
                raise UsageError(f"unsupported linux ABI `{abi}`{_hint(triple)}")
            return Target(arch, "linux", abi)
        case [arch, "apple", "darwin"]:
            _check_arch(arch, triple, _ARCHITECTURES)
            return Target(arch, "darwin", "")
        case [arch, "pc", "windows", "msvc"]:
            _check_arch(arch, triple, _ARCHITECTURES[:1])
            return Target(arch, "windows", "msvc")
        case _:
            raise UsageError(f"invalid or unsupported target triple `{triple}`{_hint(triple)}")


def _check_arch(arch: str, triple: str, known: Sequence[str]) -> None:
    if arch not in known:
        raise UsageError(f"unsupported architecture `{arch}`{_hint(triple)}")


def _hint(word: str) -> str:
    from hatch_encoderfile.messages import did_you_mean

    return did_you_mean(word, TRIPLES) or f"; expected one of {', '.join(TRIPLES)}"


def host() -> Target:
    """The machine that this runs on; Linux counts as gnu, as for Mozilla.

    Raises:
        UsageError: it has no triple.
    """
    arch = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    os = {"win32": "windows"}.get(sys.platform, sys.platform)
    if os not in ("linux", "darwin", "windows"):
        raise UsageError(f"unsupported operating system: {os}")
    if arch not in _ARCHITECTURES or (os == "windows" and arch != "x86_64"):
        raise UsageError(f"unsupported architecture: {arch}")
    return Target(arch, os, {"linux": "gnu", "windows": "msvc"}.get(os, ""))


def named(text: str) -> str:
    """The target that a user names: "portable", "host" for this machine's triple, or a triple.

    Raises:
        UsageError: the name is none of these.
    """
    if text == PORTABLE:
        return text
    return str(host() if text == HOST else parse(text))


def wheel_platform(target: str, floor: str) -> str:
    """The platform tag of a wheel that a base of this target and floor goes into, e.g. `macosx_11_0_arm64`.

    A base whose floor is a Linux kernel needs no libc, so its wheel is for glibc's and for musl's (PEP 600, PEP 656).

    Raises:
        UsageError: the floor is not one of this target.
    """
    arch, os, _ = parse(target)
    match = _FLOOR.fullmatch(floor)
    system, major, minor = match.groups(default="0") if match else ("", "", "")
    if (os, system) == ("linux", "Linux") and (int(major), int(minor)) <= _KERNEL:
        return f"manylinux2014_{arch}.manylinux_2_17_{arch}.musllinux_1_1_{arch}"
    if (os, system) == ("linux", "glibc"):
        return f"manylinux_{major}_{minor}_{arch}"
    if (os, system) == ("darwin", "macOS"):
        return f"macosx_{major}_{minor}_{_APPLE[arch]}"
    if (os, system) == ("windows", "Windows"):
        return "win_amd64"
    raise UsageError(f"{target}: no wheel tag is known for a base that needs {floor!r}: set the hook's tag")
