"""What is put around a program: modules, description and licence texts, the same bytes every time."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.base_archive import Flavour, Kind, read_base
from hatch_encoderfile.bases.archive import Member
from hatch_encoderfile.bases.description import Ingredient, Tool, license_texts, read_description
from hatch_encoderfile.bases.standalone import assemble as module
from hatch_encoderfile.bases.standalone.assemble import assemble
from hatch_encoderfile.bases.standalone.ingredients import Ingredients
from hatch_encoderfile.bases.standalone.toolchain import Toolchain

KERNEL = struct.pack("<IIIIIII", 4, 16, 1, int.from_bytes(b"GNU\0", "little"), 0, 3, 2) + bytes(4)
"""The note that a C library for Linux 3.2 puts into a program."""

PROGRAM = (
    struct.pack("<4sBB26xQ14xHH6x", b"\x7fELF", 2, 1, 64, 56, 1)
    + struct.pack("<I4xQ16xQ16x", 4, 120, len(KERNEL))
    + KERNEL
)
"""An ELF file with nothing but that."""

MODULES = (Member("encodings", Kind.PACKAGE, b"code"), Member("encodings.utf_8", Kind.MODULE, b"more"))
TOOLS = (Tool("gcc", "12.2.0"), Tool("ld", "2.40"))


def ingredient(name: str, version: str) -> Ingredient:
    purl = f"pkg:generic/{name}@{version}"
    return Ingredient(name, version, "MIT", purl, "ab" * 32, f"{name}.tar.gz", (f"licenses/{name}.txt",))


@pytest.fixture(autouse=True)
def _system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose compiler brings one library."""
    found = [(ingredient("glibc", "2.36"), b"licence of glibc")]
    monkeypatch.setattr(module, "system_ingredients", lambda _: iter(found))


def ingredients() -> Ingredients:
    contents = (ingredient("cpython", "3.13.5"), ingredient("numpy", "2.4.6"))
    return Ingredients(
        toolchain=Toolchain("x86_64-unknown-linux-gnu", "x86_64-linux-gnu", "", TOOLS, ()),
        libraries=(),
        modules={},
        include=(),
        interpreter=Path("python"),
        home=Path("home"),
        stdlib=Path("stdlib"),
        numpy=Path("numpy"),
        contents=contents,
        licenses={item.licenses[0]: f"licence of {item.name}".encode() for item in contents},
        tools=TOOLS,
    )


def test_a_base_says_what_it_is_made_of() -> None:
    description = read_description(assemble(PROGRAM, MODULES, ingredients()))

    assert description is not None
    assert ("static", "x86_64-unknown-linux-gnu", __version__) == (
        description.flavour,
        description.target,
        description.runtime_version,
    )
    assert ("3.13.5", "2.4.6") == (description.python, description.numpy)
    assert ["cpython", "glibc", "numpy"] == [item.name for item in description.ingredients]
    assert TOOLS == description.toolchain


def test_the_floor_is_what_the_program_says() -> None:
    description = read_description(assemble(PROGRAM, MODULES, ingredients()))

    assert description is not None
    assert "Linux 3.2" == description.floor


@pytest.mark.parametrize(
    "program",
    [b"", b"#!/bin/sh\n", PROGRAM[:100], PROGRAM[:120], PROGRAM[:-8]],
    ids=["empty", "script", "header", "note", "cut"],
)
def test_a_program_that_does_not_say_what_it_needs_is_refused(program: bytes) -> None:
    with pytest.raises(EncoderfileError, match="does not say which kernel it needs"):
        assemble(program, MODULES, ingredients())


def test_licence_texts_travel_with_it() -> None:
    base = assemble(PROGRAM, MODULES, ingredients())
    archive, description = read_base(memoryview(base), "base"), read_description(base)

    assert archive is not None
    assert description is not None
    expected = {f"licenses/{name}.txt": f"licence of {name}".encode() for name in ("cpython", "glibc", "numpy")}
    assert expected == license_texts(archive, description)


def test_modules_come_first_and_in_their_order() -> None:
    archive = read_base(memoryview(assemble(PROGRAM, MODULES, ingredients())), "base")

    assert archive is not None
    assert archive.trailer.flavour is Flavour.STATIC
    licenses = ["licenses/cpython.txt", "licenses/glibc.txt", "licenses/numpy.txt"]
    assert ["encodings", "encodings.utf_8", "base.json", *licenses] == [*archive.entries]


def test_the_same_parts_give_the_same_bytes() -> None:
    assert assemble(PROGRAM, MODULES, ingredients()) == assemble(PROGRAM, MODULES, ingredients())
