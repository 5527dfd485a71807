"""Each thing that a file says twice, and what is said where the bill of materials says something else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import build_tiny

from encoderfile_runtime.format import agreement
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import Input

if TYPE_CHECKING:
    from collections.abc import Callable

    from encoderfile_runtime.format.manifest import Manifest

    Bill = dict[str, Any]

HELD = ("README.md", "config.json", "tokenizer.json")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Bill]:
    """The manifest and the bill of a built file."""
    container = Container(str(build_tiny(tmp_path_factory.mktemp("repo")).path))
    return container.manifest, container.json(f"attachments/{agreement.BILL}")


def differences(manifest: Manifest, bill: Bill) -> list[tuple[str, object]]:
    """What the bill tells otherwise, and what it tells."""
    components = {item["bom-ref"]: item for item in bill["components"]}
    pairs = agreement._pairs(manifest, bill["metadata"]["component"], components)
    return [(owner, found) for owner, found, recorded in pairs if found != recorded]


def test_a_sound_bill_tells_what_the_manifest_records(told: tuple[Manifest, Bill]) -> None:
    manifest, bill = told
    components = {item["bom-ref"]: item for item in bill["components"]}
    pairs = list(agreement._pairs(manifest, bill["metadata"]["component"], components))

    assert [found for _, found, _ in pairs] == [recorded for _, _, recorded in pairs]
    owners = ["name", "version", "model type", "model sha256", "licence", "source", "artifacts and inputs"]
    for kind in manifest.artifacts:
        owners += [f"artifact:{kind} sha256", f"artifact:{kind} length"]
        owners += ["weights format"] if kind == "weights" else []
    for item in manifest.inputs:
        owners += [f"input:{item.path} sha256", f"input:{item.path} length"]
        owners += [f"attachment {item.path} of input:{item.path}"] if item.path in HELD else []
    assert owners + [f"base {what}" for what in ("sha256", "flavour", "target", "runtime version")] == [
        owner for owner, _, _ in pairs
    ]


def component(bill: Bill, ref: str) -> Bill:
    """A component; its first hash is the SHA-256."""
    found: Bill = next(item for item in bill["components"] if item["bom-ref"] == ref)
    return found


def set_property(ref: str, name: str, value: str) -> Callable[[Bill], None]:
    def edit(bill: Bill) -> None:
        next(item for item in component(bill, ref)["properties"] if item["name"] == name)["value"] = value

    return edit


def set_hash(ref: str, **changes: str) -> Callable[[Bill], None]:
    return lambda bill: component(bill, ref)["hashes"][0].update(changes)


@pytest.mark.parametrize(
    ("edit", "owners"),
    [
        pytest.param(lambda bill: bill["metadata"]["component"].pop("name"), [("name", None)], id="name"),
        pytest.param(lambda bill: bill["metadata"]["component"].pop("version"), [("version", "")], id="version"),
        pytest.param(
            set_property("model", "encoderfile:model-type", "embedding"), [("model type", "embedding")], id="model-type"
        ),
        pytest.param(set_hash("model", content="0"), [("model sha256", "0")], id="model-sha256"),
        pytest.param(set_hash("model", alg="MD5"), [("model sha256", None)], id="model-without-sha256"),
        pytest.param(lambda bill: component(bill, "model").pop("licenses"), [("licence", None)], id="no-licence"),
        pytest.param(
            lambda bill: component(bill, "model").update(
                licenses=[{"expression": "MIT"}, {"expression": "Apache-2.0"}]
            ),
            [("licence", "MIT")],
            id="two-licences",
        ),
        pytest.param(
            lambda bill: component(bill, "model").pop("purl"),
            [("source", "https://huggingface.co/someone/tiny/blob/1110a243fdf4706b3f48f1d95db1a4f5529b4d41/README.md")],
            id="no-purl",
        ),
        pytest.param(lambda bill: component(bill, "model").update(purl="pkg:x/y"), [("source", "pkg:x/y")], id="purl"),
        pytest.param(set_hash("artifact:weights", content="0"), [("artifact:weights sha256", "0")], id="artifact"),
        pytest.param(
            set_property("artifact:weights", "encoderfile:length", "1"), [("artifact:weights length", "1")], id="length"
        ),
        pytest.param(
            set_property("artifact:weights", "encoderfile:format", "onnx"), [("weights format", "onnx")], id="format"
        ),
        pytest.param(
            set_hash("input:README.md", content="0"),
            [("input:README.md sha256", "0"), ("attachment README.md of input:README.md", "0")],
            id="input",
        ),
        pytest.param(set_hash("base", content="0"), [("base sha256", "0")], id="base"),
        pytest.param(set_property("base", "encoderfile:flavour", "x"), [("base flavour", "x")], id="base-flavour"),
        pytest.param(set_property("base", "encoderfile:target", "x"), [("base target", "x")], id="base-target"),
        pytest.param(
            lambda bill: component(bill, "base").pop("version"), [("base runtime version", "")], id="base-version"
        ),
        pytest.param(
            lambda bill: bill["components"].remove(component(bill, "base")),
            [("base sha256", None), ("base flavour", ""), ("base target", ""), ("base runtime version", "")],
            id="no-base",
        ),
        pytest.param(
            lambda bill: component(bill, "base").pop("properties"),
            [("base flavour", ""), ("base target", "")],
            id="base-without-properties",
        ),
    ],
)
def test_what_a_bill_tells_otherwise_is_told_by_name(
    told: tuple[Manifest, Bill], edit: Callable[[Bill], object], owners: list[tuple[str, object]]
) -> None:
    manifest, bill = told[0], copy.deepcopy(told[1])
    edit(bill)

    assert owners == differences(manifest, bill)


@pytest.mark.parametrize("ref", ["artifact:x", "input:x"])
def test_a_component_too_many_is_told(told: tuple[Manifest, Bill], ref: str) -> None:
    manifest, bill = told[0], copy.deepcopy(told[1])
    bill["components"].append({"bom-ref": ref})

    [(owner, listed)] = differences(manifest, bill)

    assert owner == "artifacts and inputs"
    assert isinstance(listed, list)
    assert ref in listed


def test_a_package_url_may_be_written_in_another_way(told: tuple[Manifest, Bill]) -> None:
    manifest, bill = told
    written = manifest.source.replace("someone", "Some%6Fne")

    assert differences(manifest._replace(source=written), bill) == []


def test_a_source_that_is_none_is_told_by_neither(told: tuple[Manifest, Bill]) -> None:
    manifest, bill = told[0], copy.deepcopy(told[1])
    component(bill, "model").pop("purl")
    component(bill, "model").pop("externalReferences")

    assert differences(manifest._replace(source=""), bill) == []


@pytest.mark.parametrize(
    ("item", "source", "fault"),
    [
        pytest.param(Input("a", b"", 1, ""), "pkg:x/y@1", None, id="no-uri"),
        pytest.param(Input("a", b"", 1, "pkg:x/y@1#a"), "pkg:x/y@1", None, id="of-the-model"),
        pytest.param(Input("libzstd", b"", 0, "pkg:generic/zstd@1"), "", None, id="a-library"),
        pytest.param(
            Input("a", b"", 1, "https://h#a"),
            "https://h",
            "its uri is 'https://h#a', but the source is 'https://h'",
            id="no-purl",
        ),
        pytest.param(
            Input("a", b"", 1, "pkg:x/y@1#b"),
            "pkg:x/y@1",
            "its uri is 'pkg:x/y@1#b', but the source is 'pkg:x/y@1'",
            id="path",
        ),
    ],
)
def test_the_uri_of_an_input_is_that_of_the_source(
    told: tuple[Manifest, Bill], item: Input, source: str, fault: str | None
) -> None:
    manifest = told[0]._replace(inputs=(item,), attachments=(), source=source)

    assert ([f"input {item.path}: {fault}"] if fault else []) == list(agreement._inputs(manifest))


def test_a_long_value_is_shown_in_part() -> None:
    assert agreement._shown("x" * 198) == repr("x" * 198)
    assert agreement._shown("x" * 199) == f"'{'x' * 199}…"


@pytest.mark.parametrize("data", [b"[]", b"no JSON", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000])
def test_what_is_no_object_is_an_empty_one(data: bytes) -> None:
    assert agreement._object(data) == {}
    assert agreement._object(memoryview(b'{"a":[{"b":1,"c":1}]}')) == {"a": [{"b": 1, "c": 1}]}
