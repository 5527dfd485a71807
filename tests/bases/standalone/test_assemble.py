"""What is put around a program: modules, description and licence texts, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

from encoderfile_runtime import __version__
from encoderfile_runtime.base import Flavour, Kind, read_base
from hatch_encoderfile.bases.archive import Member
from hatch_encoderfile.bases.description import Ingredient, Tool, license_texts, read_description
from hatch_encoderfile.bases.standalone.assemble import assemble
from hatch_encoderfile.bases.standalone.ingredients import Ingredients
from hatch_encoderfile.bases.standalone.toolchain import Toolchain

MODULES = (Member("encodings", Kind.PACKAGE, b"code"), Member("encodings.utf_8", Kind.MODULE, b"more"))
TOOLS = (Tool("gcc", "12.2.0"), Tool("ld", "2.40"))


def ingredient(name: str, version: str) -> Ingredient:
    purl = f"pkg:generic/{name}@{version}"
    return Ingredient(name, version, "MIT", purl, "ab" * 32, f"{name}.tar.gz", (f"licenses/{name}.txt",))


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
    description = read_description(assemble(b"program", MODULES, ingredients()))

    assert description is not None
    assert ("static", "x86_64-unknown-linux-gnu", __version__) == (
        description.flavour,
        description.target,
        description.runtime_version,
    )
    assert ("3.13.5", "2.4.6") == (description.python, description.numpy)
    assert ingredients().contents == description.ingredients
    assert TOOLS == description.toolchain


def test_licence_texts_travel_with_it() -> None:
    base = assemble(b"program", MODULES, ingredients())
    archive, description = read_base(memoryview(base), "base"), read_description(base)

    assert archive is not None
    assert description is not None
    expected = {"licenses/cpython.txt": b"licence of cpython", "licenses/numpy.txt": b"licence of numpy"}
    assert expected == license_texts(archive, description)


def test_modules_come_first_and_in_their_order() -> None:
    archive = read_base(memoryview(assemble(b"program", MODULES, ingredients())), "base")

    assert archive is not None
    assert archive.trailer.flavour is Flavour.STATIC
    expected = ["encodings", "encodings.utf_8", "base.json", "licenses/cpython.txt", "licenses/numpy.txt"]
    assert expected == [*archive.entries]


def test_the_same_parts_give_the_same_bytes() -> None:
    assert assemble(b"program", MODULES, ingredients()) == assemble(b"program", MODULES, ingredients())
