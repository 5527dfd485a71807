from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from support.made_bases import ARM, MACOS, WINDOWS, X86, base

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.bases import resolve

if TYPE_CHECKING:
    from pathlib import Path


def elf(number: int, order: Literal["little", "big"] = "little") -> bytes:
    """The head of an ELF file for a machine of this number, to be read in little endian."""
    return b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + number.to_bytes(2, order)


def mach_o(number: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + number.to_bytes(4, "little")


def portable_executable(number: int) -> bytes:
    return b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + number.to_bytes(2, "little")


@pytest.mark.parametrize(
    ("target", "program", "found"),
    [
        pytest.param(X86, elf(183), "linux on aarch64", id="elf of aarch64"),
        pytest.param(ARM, elf(62), "linux on x86_64", id="elf of x86-64"),
        pytest.param(ARM, elf(243), "linux on machine 0xf3", id="elf of risc-v"),
        pytest.param(X86, elf(62, "big"), "linux on machine 0x3e00", id="elf with its bytes the other way"),
        pytest.param(MACOS, elf(183), "linux on aarch64", id="elf for macos"),
        pytest.param(X86, mach_o(0x01000007), "darwin on x86_64", id="mach-o for linux"),
        pytest.param(MACOS, mach_o(0x01000007), "darwin on x86_64", id="mach-o of x86-64"),
        pytest.param(X86, portable_executable(0x8664), "windows on x86_64", id="pe for linux"),
        pytest.param(WINDOWS, portable_executable(0xAA64), "windows on aarch64", id="pe of aarch64"),
        pytest.param(X86, base(X86, elf(183)), "linux on aarch64", id="a base that says otherwise"),
    ],
)
def test_a_program_for_another_machine_is_refused(tmp_path: Path, target: str, program: bytes, found: str) -> None:
    (tmp_path / "base").write_bytes(program)

    with pytest.raises(
        UsageError, match=f"base: is a program for {found}, and the target is '{target}': give the base"
    ):
        resolve(target, tmp_path / "base")


@pytest.mark.parametrize(
    ("target", "program"),
    [
        (X86, elf(62)),
        ("x86_64-unknown-linux-musl", elf(62)),
        (ARM, elf(183)),
        (MACOS, mach_o(0x0100000C)),
        (WINDOWS, portable_executable(0x8664)),
        ("portable", elf(243)),
        (X86, elf(183)[:19]),
        (X86, mach_o(0x0100000C)[:7]),
        (X86, portable_executable(0x8664)[:-1]),
        (X86, b"MZ" + b"\xff" * 62),
        (X86, base(X86, elf(62))),
    ],
)
def test_a_program_for_the_machine_is_taken_and_so_is_what_does_not_say(
    tmp_path: Path, target: str, program: bytes
) -> None:
    (tmp_path / "base").write_bytes(program)

    assert program == b"".join(map(bytes, resolve(target, tmp_path / "base").data.chunks()))
