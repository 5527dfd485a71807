"""The operating system and processor of a native program, from its header: ELF, 64-bit Mach-O, or PE."""

from __future__ import annotations

from typing import NamedTuple

HEAD = 4096  # bytes; linkers put PE's header, which comes after an MS-DOS stub, well before that

_ELF = {62: "x86_64", 183: "aarch64"}  # e_machine: EM_X86_64, EM_AARCH64
_MACH_O = {0x01000007: "x86_64", 0x0100000C: "aarch64"}  # cputype: CPU_TYPE_X86_64, CPU_TYPE_ARM64
_PE = {0x8664: "x86_64", 0xAA64: "aarch64"}  # Machine: IMAGE_FILE_MACHINE_AMD64, _ARM64


class Machine(NamedTuple):
    """The platform of a program, with the names of `targets.Target`; `arch` is a number if it is not one of ours."""

    os: str
    arch: str


def machine(head: bytes) -> Machine | None:
    """The platform of a program, from the first `HEAD` bytes of its file; None if they are not those of a native program."""
    # ELF: class and byte order at offset 4 and 5, e_machine at 18. Mach-O: cputype at 4. PE: offset of the header at
    # 60.
    if head[:4] == b"\x7fELF" and head[4:5] in (b"\1", b"\2") and head[5:6] in (b"\1", b"\2") and len(head) >= 20:
        return _named("linux", _ELF, int.from_bytes(head[18:20], "little" if head[5] == 1 else "big"))
    if head[:4] == b"\xcf\xfa\xed\xfe" and len(head) >= 8:
        return _named("darwin", _MACH_O, int.from_bytes(head[4:8], "little"))
    if head[:2] == b"MZ":
        start = int.from_bytes(head[60:64], "little")
        if head[start : start + 4] == b"PE\0\0" and len(head) >= start + 6:
            return _named("windows", _PE, int.from_bytes(head[start + 4 : start + 6], "little"))
    return None


def _named(os: str, known: dict[int, str], number: int) -> Machine:
    return Machine(os, known.get(number, f"machine {number:#x}"))
