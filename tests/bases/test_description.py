"""`base.json`: strict, canonical, each fault with its key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from encoderfile_runtime.errors import EncoderfileError, FaultsError
from encoderfile_runtime.format.base_archive import Kind, read_base
from hatch_encoderfile.bases.archive import Member, encode_base
from hatch_encoderfile.bases.description import (
    DESCRIPTION,
    BaseDescription,
    Ingredient,
    Tool,
    license_texts,
    read_description,
)

if TYPE_CHECKING:
    from pathlib import Path

ZLIB = Ingredient(
    name="zlib",
    version="1.3.1",
    license="Zlib",
    purl="pkg:generic/zlib@1.3.1",
    sha256="9a" * 32,
    file="zlib-1.3.1.tar.gz",
    licenses=("licenses/zlib.txt",),
)
EXAMPLE = BaseDescription(
    flavour="static",
    target="x86_64-unknown-linux-gnu",
    floor="Linux 3.2",
    runtime_version="0.1.0",
    python="3.13.5",
    numpy="2.4.6",
    ingredients=(ZLIB._replace(name="openssl", license="Apache-2.0", patches=("no engines",)), ZLIB),
    toolchain=(Tool("gcc", "12.2.0"),),
)


def edited(**changes: Any) -> bytes:
    """The example's JSON with some keys replaced; None takes a key away."""
    value = json.loads(EXAMPLE.dump()) | changes
    kept = {key: item for key, item in value.items() if item is not None}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def edited_ingredient(**changes: Any) -> bytes:
    """The example's JSON with one ingredient, of which some keys are replaced."""
    ingredient = json.loads(EXAMPLE.dump())["ingredients"][1] | changes
    return edited(ingredients=[{key: item for key, item in ingredient.items() if item is not None}])


def test_golden_description() -> None:
    expected = (
        b'{"flavour":"static","floor":"Linux 3.2","ingredients":[{"file":"zlib-1.3.1.tar.gz","license":"Zlib",'
        b'"licenses":["licenses/zlib.txt"],"name":"zlib","purl":"pkg:generic/zlib@1.3.1","sha256":"'
        + b"9a"
        * 32
        + b'",'
        b'"version":"1.3.1"}],"numpy":"2.4.6","python":"3.13.5","runtime_version":"0.1.0",'
        b'"target":"x86_64-unknown-linux-gnu","toolchain":[{"name":"gcc","version":"12.2.0"}]}'
    )
    description = BaseDescription(
        EXAMPLE.flavour,
        EXAMPLE.target,
        EXAMPLE.floor,
        EXAMPLE.runtime_version,
        EXAMPLE.python,
        EXAMPLE.numpy,
        (ZLIB,),
        EXAMPLE.toolchain,
    )

    assert expected == description.dump()
    assert description == BaseDescription.parse(expected)


def test_what_is_dumped_is_parsed() -> None:
    assert EXAMPLE == BaseDescription.parse(EXAMPLE.dump())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "base.json: ", id="empty"),
        pytest.param(b"[]", "expected a JSON object, found a list", id="a-list"),
        pytest.param(b'{"a":1,"a":1}', "twice", id="a-key-twice"),
        pytest.param(edited() + b"\n", "is not canonical JSON", id="a-line-end"),
        pytest.param(edited(flavour=None), "flavour: missing, expected a string", id="no-flavour"),
        pytest.param(edited(ingredients=None), "ingredients: missing, expected a list", id="no-ingredients"),
        pytest.param(edited(extra=1), "extra: unknown key", id="unknown-key"),
        pytest.param(edited(flavour="portable"), "flavour: expected one of static, assembled", id="flavour"),
        pytest.param(edited(flavour=1), "flavour: expected", id="flavour-a-number"),
        pytest.param(edited(target="linux"), "target: expected a target triple, found 'linux'", id="target"),
        pytest.param(edited(floor=""), "floor: expected", id="no-floor"),
        pytest.param(edited(floor="Linux\x1b[2J"), "floor: expected", id="floor-controls-the-terminal"),
        pytest.param(edited(python="latest"), "python: expected a version", id="python"),
        pytest.param(edited(toolchain={}), "toolchain: expected a list, found an object", id="toolchain-no-list"),
        pytest.param(
            edited(toolchain=["gcc"]), r"toolchain\[0\]: expected an object, found 'gcc'", id="tool-no-object"
        ),
        pytest.param(
            edited(toolchain=[{"name": "gcc"}]),
            r"toolchain\[0\].version: missing, expected a string",
            id="tool-no-version",
        ),
        pytest.param(edited(ingredients=[ZLIB._asdict()] * 2), "sorted by name, each name once", id="ingredient-twice"),
        pytest.param(
            edited_ingredient(license="GPL or so"), r"ingredients\[0\].license: expected an SPDX", id="license"
        ),
        pytest.param(edited_ingredient(purl="zlib"), r"ingredients\[0\].purl: expected a package URL", id="purl"),
        pytest.param(edited_ingredient(sha256="9A" * 32), r"ingredients\[0\].sha256: expected 64", id="sha256"),
        pytest.param(edited_ingredient(file="a/b"), r"ingredients\[0\].file: expected a file's name", id="file"),
        pytest.param(edited_ingredient(licenses=[]), r"licenses: expected at least 1", id="no-licence-texts"),
        pytest.param(
            edited_ingredient(licenses=["../a"]), r"licenses\[0\]: expected a relative path", id="licence-climbs"
        ),
        pytest.param(edited_ingredient(licenses=[1]), r"licenses: expected a list of strings", id="licence-a-number"),
        pytest.param(edited_ingredient(patches=[]), "patches: expected at least 1", id="patches-empty"),
    ],
)
def test_a_broken_description_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FaultsError, match=message):
        BaseDescription.parse(data)


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(FaultsError) as caught:
        BaseDescription.parse(edited(flavour="x", target="y", numpy="z"))

    assert ["flavour", "target", "numpy"] == [fault.partition(":")[0] for fault in caught.value.faults]


def test_a_base_is_read_from_its_file_and_from_its_bytes(tmp_path: Path) -> None:
    base = encode_base(b"program", [Member(DESCRIPTION, Kind.RESOURCE, EXAMPLE.dump())])
    path = tmp_path / "base"
    path.write_bytes(base)

    assert EXAMPLE == read_description(base)
    assert EXAMPLE == read_description(path)


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", bytes(5000)], ids=["empty", "script", "zeros"])
def test_other_bases_have_no_description(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "base"
    path.write_bytes(content)

    assert read_description(path) is None


def test_a_base_without_its_description_is_refused() -> None:
    with pytest.raises(EncoderfileError, match=r"base: the base archive has no base.json"):
        read_description(encode_base(b"program", [Member("a", Kind.MODULE, b"code")]))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="missing: No such file"):
        read_description(tmp_path / "missing")


def test_licence_texts_are_those_that_the_description_names() -> None:
    archive = read_base(memoryview(encode_base(b"", [Member("licenses/zlib.txt", Kind.RESOURCE, b"text")])), "base")

    assert archive is not None
    assert {"licenses/zlib.txt": b"text"} == license_texts(archive, EXAMPLE)


def test_a_licence_text_that_is_not_there_is_named() -> None:
    archive = read_base(memoryview(encode_base(b"", [])), "base")

    assert archive is not None
    with pytest.raises(FaultsError, match=r"licenses/zlib.txt: is named by base.json and is not in the archive"):
        license_texts(archive, EXAMPLE)
