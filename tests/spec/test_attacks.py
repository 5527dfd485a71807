from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.spec import find_spec, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Faults = Callable[[str], list[str]]

YAML = "encoderfile:\n  name: minilm\n  path: model\n  model_type: embedding\n"


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(SpecError) as raised:
        read_spec(path)
    (fault,) = raised.value.faults
    return fault


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a = \n", "not valid TOML: Invalid value (at line 1, column 5)", id="syntax"),
        pytest.param(
            b"a = 1\na = 2", "not valid TOML: Cannot overwrite a value (at end of document)", id="duplicate key"
        ),
        pytest.param(
            b"a = " + b"[" * 100_000, "not valid TOML: nested more than 64 deep (at line 1)", id="deep arrays"
        ),
        pytest.param(
            b"a = " + b"9" * 5000, "not valid TOML: an integer has thousands of digits (at line 1)", id="long integer"
        ),
        pytest.param(b"a = '\xff'", "not valid UTF-8 at offset 5", id="not UTF-8"),
        pytest.param(b"#" * (2**20 + 1), "is larger than 524288 bytes", id="too large"),
    ],
)
def test_hostile_toml_is_one_clean_fault(tmp_path: Path, content: bytes, expected: str) -> None:
    assert expected == refused(tmp_path / "pyproject.toml", content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            b"a: [\nb", "not valid YAML: line 2, column 2: expected ',' or ']', but got '<stream end>'", id="syntax"
        ),
        pytest.param(b"[" * 5000, "not valid YAML: nested too deeply", id="deep lists"),
        pytest.param(
            b"a: b\n---\nc: d", "not valid YAML: line 2, column 1: but found another document", id="two documents"
        ),
        pytest.param(b"a: *b", "not valid YAML: line 1, column 4: found undefined alias 'b'", id="undefined alias"),
        pytest.param(b"a: '\xff'", "not valid UTF-8 at offset 4", id="not UTF-8"),
        pytest.param(b"#" * (2**20 + 1), "is larger than 65536 bytes", id="too large"),
    ],
)
def test_hostile_yaml_is_one_clean_fault(tmp_path: Path, content: bytes, expected: str) -> None:
    assert expected == refused(tmp_path / "encoderfile.yml", content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'a: "\\Uffffffff"', id="escape past Unicode"),
        pytest.param(b"%YAML " + b"9" * 5000 + b".1\n---\na", id="directive of many digits"),
        pytest.param(b"a: \x01", id="control character"),
    ],
)
def test_yaml_that_trips_the_parser_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused(tmp_path / "encoderfile.yml", content).startswith("not valid YAML: ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "version: !!python/object/apply:os.getcwd []",
            "encoderfile.version: the tag 'tag:yaml.org,2002:python/object/apply:os.getcwd' has no place here",
            id="python object",
        ),
        pytest.param(
            "version: !!timestamp 2021-01-01",
            "encoderfile.version: the tag 'tag:yaml.org,2002:timestamp' has no place here",
            id="timestamp",
        ),
        pytest.param(
            "version: !!int x",
            "encoderfile.version: the tag 'tag:yaml.org,2002:int' has no place here",
            id="tag that lies",
        ),
        pytest.param(
            "tokenizer: &t\n    stride: *t", "encoderfile.tokenizer.stride: holds itself, through an alias", id="cycle"
        ),
        pytest.param("1: x", "encoderfile: expected a string as the key in line 5; put it in quotes", id="integer key"),
        pytest.param(
            "[a]: x", "encoderfile: expected a string as the key in line 5; put it in quotes", id="list as key"
        ),
        pytest.param(
            'version: "\\ud800"', "encoderfile.version: half of a surrogate pair is no character", id="surrogate"
        ),
        pytest.param("<<: {version: '1'}", 'encoderfile."<<": unknown key', id="merge key"),
    ],
)
def test_yaml_outside_the_core_schema_is_refused(yaml_faults: Faults, line: str, expected: str) -> None:
    assert expected in yaml_faults(f"{YAML}  {line}\n")


def test_alias_bomb_stays_small(yaml_faults: Faults) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60))]
    faults = yaml_faults("\n".join([*lines, f"{YAML}  attachments: *a59"]))

    assert [
        *(f"a{i}: unknown key" for i in range(60)),
        *(f"encoderfile.attachments[{i}]: expected a string, found a list" for i in range(9)),
    ] == faults


def test_broken_pyproject_is_not_passed_over_for_a_yaml_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.encoderfile")
    (tmp_path / "encoderfile.yml").write_text(YAML)
    with pytest.raises(SpecError, match="not valid TOML"):
        find_spec(tmp_path)
