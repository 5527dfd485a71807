from __future__ import annotations

import platform
import sys

import pytest

from encoderfile_runtime.errors import FaultsError, UsageError
from hatch_encoderfile.bases.standalone import toolchain
from hatch_encoderfile.bases.standalone.toolchain import TARGETS, find_toolchain, native

_SAYS = {
    "gcc": "gcc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022",
    "ld": "GNU ld (GNU Binutils for Debian) 2.40\nCopyright (C) 2023",
    "make": "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu",
    "ninja": "1.11.1\n",
    "perl": "\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu-thread-multi",
    "odd": "a program",
}


@pytest.fixture(autouse=True)
def _on_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(toolchain, "_which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(toolchain, "_libraries", lambda *_: ())
    monkeypatch.setattr(toolchain, "output", lambda command: _SAYS.get(command[0], "1.0"))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("gcc", "12.2.0-14+deb12u1"),
        ("ld", "2.40"),
        ("make", "4.3"),
        ("ninja", "1.11.1"),
        ("perl", "5.36.0"),
        ("odd", "unknown"),
    ],
)
def test_versions_are_read_from_what_programs_say(name: str, version: str) -> None:
    assert version == toolchain._version(name)


def test_the_machines_own_target_needs_no_prefix() -> None:
    found = find_toolchain("x86_64-unknown-linux-gnu")
    assert ("x86_64-linux-gnu", "gcc", True) == (found.triple, found.command("gcc"), found.is_native)
    names = [tool.name for tool in found.versions]
    assert sorted(names) == names
    assert {"gcc", "g++", "ld", "make", "ninja", "perl"} <= set(names)


def test_another_machines_target_is_compiled_by_cross_compilers() -> None:
    found = find_toolchain("aarch64-unknown-linux-gnu")
    assert ("aarch64-linux-gnu-gcc", False) == (found.command("gcc"), found.is_native)
    assert {"aarch64-linux-gnu-g++", "make"} <= {tool.name for tool in found.versions}


@pytest.mark.parametrize(
    ("target", "missing", "packages"),
    [
        ("x86_64-unknown-linux-gnu", {"gcc", "strip", "ninja"}, "binutils gcc ninja-build"),
        (
            "aarch64-unknown-linux-gnu",
            {"aarch64-linux-gnu-g++", "aarch64-linux-gnu-ld"},
            "binutils-aarch64-linux-gnu g++-aarch64-linux-gnu",
        ),
    ],
)
def test_all_missing_programs_are_named_with_their_packages(
    monkeypatch: pytest.MonkeyPatch, target: str, missing: set[str], packages: str
) -> None:
    monkeypatch.setattr(toolchain, "_which", lambda name: None if name in missing else name)
    with pytest.raises(FaultsError) as caught:
        find_toolchain(target)
    assert f"build tools: apt-get install {packages}" == caught.value.subject
    assert missing == {fault.partition(":")[0] for fault in caught.value.faults}


def test_a_library_of_the_system_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(toolchain, "library", lambda *_: None)
    with pytest.raises(FaultsError, match="apt-get install libc6-dev-arm64-cross") as caught:
        toolchain._libraries("aarch64-linux-gnu-", "aarch64")
    assert "libc.a: aarch64-linux-gnu-g++ does not find it" in caught.value.faults


@pytest.mark.parametrize("target", ["aarch64-apple-darwin", "x86_64-unknown-linux-musl", "portable"])
def test_a_target_without_recipes_is_refused(target: str) -> None:
    with pytest.raises(UsageError, match=f"{target}: standalone bases can be built for {TARGETS[0]} and {TARGETS[1]}"):
        find_toolchain(target)


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "riscv64"), ("win32", "AMD64")])
def test_other_machines_build_no_bases(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(UsageError, match="fetch one with `encoderfile base fetch`"):
        native()
