"""The machine that a native program is for, as the head of its file says: ELF, Mach-O of 64 bits, and PE."""

from __future__ import annotations

from typing import NamedTuple

HEAD = 4096  # bytes; where PE's own header follows later than that, nobody wrote the file by usual means

_ELF = {62: "x86_64", 183: "aarch64"}  # e_machine
_MACH_O = {0x01000007: "x86_64", 0x0100000C: "aarch64"}  # cputype
_PE = {0x8664: "x86_64", 0xAA64: "aarch64"}  # Machine


class Machine(NamedTuple):
    """What a program runs on, in the words of `targets.Target`; `arch` is a number where it is none of ours."""

    os: str
    arch: str


def machine(head: bytes) -> Machine | None:
    """The machine of the program whose first `HEAD` bytes these are; None where they are not the head of one."""
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
