"""What `inspect` shows, whole: as data from a file, and as text from data."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.format import transform
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.describe import as_text, describe, refuse_faults
from encoderfile_runtime.format.transform import MAX_TRANSFORM, Transform

if TYPE_CHECKING:
    from pathlib import Path

FACTS: dict[str, Any] = {
    "file": "f",
    "name": "n",
    "version": "1",
    "model_type": "embedding",
    "license": None,
    "source": "s",
    "weights_format": "embd",
    "parameters": 6,
    "content_id": "c0ffee",
    "parts": [
        {"name": "base", "offset": 0, "length": 5, "sha256": "ab" * 32, "share": 0.05, "evidence": "recorded"},
        {"name": "weights", "offset": 4096, "length": 95, "sha256": None, "share": 0.95},
    ],
    "encoderfile_config": {"transform": None, "lua_libs": None},
    "base": None,
    "inputs": [],
    "tensors": [],
    "faults": [],
}
HEAD = [
    "name            n",
    "version         1",
    "model_type      embedding",
    "source          s",
    "weights_format  embd",
    "parameters      6",
    "content_id      c0ffee",
    "",
    f"      offset       length   share  {'sha256':<64}  evidence  part",
    f"           0            5   5.00%  {'ab' * 32}  recorded  base",
    f"        4096           95  95.00%  {'no digest recorded':<64}            weights",
]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        pytest.param({}, [], id="nothing-more"),
        pytest.param(
            {
                "base": {
                    "ingredients": [
                        {"name": "numpy", "version": "2", "license": "BSD-3-Clause", "purl": "pkg:x"},
                        {"name": "zlib", "version": "1", "license": "Zlib", "purl": "pkg:y"},
                    ]
                }
            },
            ["", "in the base", "  numpy 2 BSD-3-Clause", "  zlib 1 Zlib"],
            id="ingredients",
        ),
        pytest.param({"base": {"flavour": "portable"}}, [], id="a-base-without-ingredients"),
        pytest.param(
            {
                "inputs": [
                    {"path": "config.json", "sha256": "cd" * 32, "length": 7, "uri": ""},
                    {"path": "libzstd", "sha256": "", "length": 0, "uri": "pkg:generic/zstd@1.5.7"},
                ]
            },
            [
                "",
                "built from",
                f"  {'cd' * 32}             7  config.json",
                f"  {'pkg:generic/zstd@1.5.7':<64}             0  libzstd",
            ],
            id="inputs",
        ),
        pytest.param(
            {"tensors": [{"dtype": "float32", "shape": [2, 3], "name": "a"}]},
            ["", "1 tensors", "  float32   [2, 3]             a"],
            id="tensors",
        ),
        pytest.param({"tensors": {"fault": "f: broken"}, "faults": ["f: broken"]}, ["", "1 faults", "  f: broken"]),
        pytest.param(
            {"encoderfile_config": {"transform": "return 1\nend", "lua_libs": {"os": True, "io": False, "x": True}}},
            ["", "transform, a Lua program; libraries: os, x", "  return 1", "  end"],
            id="transform",
        ),
        pytest.param(
            {"encoderfile_config": {"transform": "", "lua_libs": {"os": False}}},
            ["", "transform, a Lua program; libraries: none", "  "],
            id="transform-without-libraries",
        ),
        pytest.param(
            {"encoderfile_config": {"transform": "x", "lua_libs": None}},
            ["", "transform, a Lua program; libraries: that Mozilla's runtime gives by default", "  x"],
            id="transform-with-the-default",
        ),
        pytest.param(
            {"encoderfile_config": {"transform": {"fault": "f"}, "lua_libs": None}}, [], id="broken-transform"
        ),
    ],
)
def test_the_text_has_each_fact(changes: dict[str, Any], lines: list[str]) -> None:
    assert HEAD + lines == as_text(FACTS | changes).split("\n")


def test_the_text_controls_no_terminal() -> None:
    bad = "\x1b[2J"
    text = as_text(
        FACTS
        | {
            "name": bad,
            "parts": [FACTS["parts"][0] | {"name": bad}],
            "encoderfile_config": {"transform": bad, "lua_libs": {bad: True}},
            "base": {"ingredients": [dict.fromkeys(("name", "version", "license"), bad)]},
            "inputs": [{"sha256": "", "uri": bad, "length": 1, "path": "p"}],
            "tensors": [{"dtype": "d", "shape": [], "name": bad}],
            "faults": [bad],
        }
    )
    assert "\x1b" not in text
    assert text.count("[2J") == 10


def test_faults_end_a_command() -> None:
    refuse_faults(FACTS)
    with pytest.raises(FormatError) as caught:
        refuse_faults(FACTS | {"faults": ["f: one", "two"]})
    assert str(caught.value) == "f: faults shown above: 2, the first: one"


def test_the_data_is_what_the_manifest_records(tiny: Path) -> None:
    container = Container(str(tiny))
    manifest, place, size = container.manifest, container.footer, tiny.stat().st_size
    assert manifest.base is not None
    content = hashlib.sha256(container.manifest_bytes).hexdigest()

    facts = describe(container)

    assert facts["parts"][:2] == [
        {
            "name": "base",
            "offset": 0,
            "length": place.manifest_offset,
            "sha256": manifest.base.sha256.hex(),
            "share": round(place.manifest_offset / size, 6),
            "evidence": "recorded",
        },
        {
            "name": "manifest",
            "offset": place.manifest_offset,
            "length": place.manifest_length,
            "sha256": content,
            "share": round(place.manifest_length / size, 6),
            "evidence": "computed",
        },
    ]
    assert [part["name"] for part in facts["parts"][2:]] == [
        *("weights", "model_config", "tokenizer", "attachments/config.json", "attachments/größe.txt")
    ]
    assert {key: value for key, value in facts.items() if key != "parts"} == {
        "file": str(tiny),
        "size": size,
        "content_id": content,
        "format_profile": "hatch-encoderfile/1",
        "name": "test-model",
        "version": "0.1.0",
        "model_type": "embedding",
        "license": "Apache-2.0",
        "source": "pkg:huggingface/a/b@c",
        "weights_format": "onnx",
        "parameters": None,
        "base": {
            "sha256": manifest.base.sha256.hex(),
            "length": place.manifest_offset,
            "flavour": "portable",
            "target": "any",
            "runtime_version": "0.1.0",
            "evidence": "recorded",
        },
        "uncovered": [],
        "inputs": [
            {
                "path": item.path,
                "sha256": item.sha256.hex(),
                "length": item.length,
                "uri": item.uri,
                "evidence": "recorded",
            }
            for item in manifest.inputs
        ],
        "tensors": [],
        "model_config": {"model_type": "none"},
        "encoderfile_config": {
            "name": "test-model",
            "version": "0.1.0",
            "model_type": "embedding",
            "transform": None,
            "lua_libs": None,
        },
        "faults": facts["faults"],
    }


LUA = b"\x08\x01\x12\x03end"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(LUA, Transform("end", None, ()), id="program"),
        pytest.param(b"\x08\x01", Transform("", None, ()), id="no-program"),
        pytest.param(LUA + b"\x1a\x00", Transform("end", (), ()), id="no-libraries"),
        pytest.param(LUA + b"\x1a\x08\x0a\x02os\x0a\x02io", Transform("end", ("os", "io"), ()), id="libraries"),
        pytest.param(LUA + b"\x20\x01", Transform("end", None, ("f: transform: unknown field 4",)), id="unknown-field"),
        pytest.param(
            b"\x08\x02",
            Transform("", None, ("f at offset 8: transform: field transform_type: unknown value 2, known are 1",)),
            id="another-language",
        ),
        pytest.param(
            LUA + b"\x1a\x05\x0a\x02os",
            Transform("end", None, ("f at offset 16: transform: a value of 5 bytes goes past the end of its message",)),
            id="cut-short",
        ),
    ],
)
def test_as_much_of_a_transform_is_read_as_can_be(data: bytes, expected: Transform) -> None:
    assert expected == transform.parse(memoryview(data), "f", 7)


def test_libraries_are_those_of_lua_and_what_else_is_asked_for() -> None:
    known = dict.fromkeys(transform.LIBRARIES, False)
    assert Transform("", None, ()).lua_libs() is None
    assert known == Transform("", (), ()).lua_libs()
    assert known | {"os": True, "ffi": True} == Transform("", ("os", "ffi"), ()).lua_libs()


def test_a_transform_of_the_largest_size_is_read() -> None:
    assert MAX_TRANSFORM == 1 << 20
    assert transform.parse(bytes(1 << 20), "f", 7).source == ""
    with pytest.raises(FormatError) as caught:
        transform.parse(bytes((1 << 20) + 1), "f", 7)
    assert str(caught.value) == "f at offset 7: transform: 1048577 bytes, expected at most 1048576"
