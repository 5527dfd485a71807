from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import generate
import pytest
import yaml
from jsonschema import Draft202012Validator

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.spec.fields import MODEL

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatch_encoderfile.spec import ModelSpec

    Read = Callable[[str], list[ModelSpec]]

ROOT = Path(__file__).parents[2]
PROJECT = '[project]\nname = "minilm"\nversion = "1.0.0"\n'
TABLE = f'{PROJECT}[tool.encoderfile]\nmodel-type = "embedding"\npath = "model"\n'
YAML = "encoderfile:\n  name: minilm\n  path: model\n  model_type: embedding\n"
EXAMPLES = re.findall(
    r"```(toml|yaml)\n(.*?)```", (ROOT / "docs" / "reference" / "spec.md").read_text(encoding="utf-8"), re.DOTALL
)
PIN = f'"sha256:{"0" * 64}"'

TOML_ACCEPTED = [
    "",
    'name = "a.b_C-1"',
    'version = "1!2.0+x"',
    "created = 2021-08-30T00:00:00Z",
    'created = "2021-08-30 00:00:00.0+01:30"',
    'source = "pkg:huggingface/a/b@c"',
    'source = "https://c:8080/a@b"',
    'license = "(MIT OR ISC)"',
    'targets = ["portable", "x86_64-pc-windows-msvc"]',
    'layout = "mozilla"',
    'output-path = "o"\ntargets = ["portable"]',
    'attachments = ["a", "b"]',
    "attachments = []",
    "validate-transform = true",
    'tokenizer = { pad-strategy = "batch_longest", max-length = 1, stride = 0 }',
    "tokenizer = { pad-strategy = { fixed = 1 } }",
    "tokenizer = {}",
    f'files = {{ "a/b.json" = {PIN}, "..c" = {PIN} }}',
]
TOML_REFUSED = [
    'name = "-a"',
    "name = 1",
    'model_type = "embedding"',
    "version = 1.0",
    'version = "a/b"',
    "created = 2021-08-30T00:00:00",
    "created = 2021-08-30",
    'created = "2021-08-30T24:00:00Z"',
    'source = "x"',
    'source = "https://a:b@c/"',
    'source = "https://a@c/"',
    'source = "pkg:generic/a@1?vcs_url=git%2Bhttps%3A%2F%2Fa%40c%2Fx"',
    'source = "pkg:x"',
    'license = ""',
    'license = "MIT/ISC"',
    "targets = []",
    'targets = ["linux"]',
    'targets = ["portable", "portable"]',
    'target = "portable"',
    'output-path = "o"\ntargets = ["portable", "x86_64-apple-darwin"]',
    'output-path = "dist/"',
    'layout = "tar"',
    'cache-dir = ""',
    'base-binary-path = "\\u0000"',
    'attachments = "a"',
    'attachments = [""]',
    "validate-transform = 1",
    'transform = "x"',
    "lua-libs = []",
    "tokenizer = { max-length = 0 }",
    "tokenizer = { max-length = true }",
    "tokenizer = { stride = 1.5 }",
    f"tokenizer = {{ stride = {2**63} }}",
    "tokenizer = { pad-strategy = {} }",
    "tokenizer = { pad-strategy = { fixed = 1, x = 2 } }",
    'tokenizer = { truncation-side = "both" }',
    'files = { a = "00" }',
    f'files = {{ "../a" = {PIN} }}',
    f'files = {{ "a//b" = {PIN} }}',
    "files = []",
]
YAML_ACCEPTED = [
    "",
    "version: '1'",
    "transform: null",
    "lua_libs:",
    "target: x86_64-apple-darwin",
    "target: null\n  targets: [portable]",
    "output_path: null\n  targets: [portable, x86_64-apple-darwin]",
    "created: 2021-08-30T00:00:00Z",
    "tokenizer: {pad_strategy: {fixed: 2}, stride: null}",
]
YAML_REFUSED = [
    "version: 1.0",
    "transform: x",
    "lua_libs: []",
    "model-type: embedding",
    "target: portable\n  targets: [portable]",
    "target: linux",
    "output_path: o\n  targets: [portable, x86_64-apple-darwin]",
    "attachments: [null]",
    "tokenizer: {pad_strategy: {fixed: null}}",
    "tokenizer: {pad-strategy: batch_longest}",
]
# What JSON Schema cannot say: the code alone refuses these.
TOML_REFUSED_BY_CODE = [
    'license = "MIT AND"',
    'created = "2021-02-29T00:00:00Z"',
    'attachments = ["a", "./a"]',
    "tokenizer = { stride = 1.0 }",
]


def accepts(read: Read, text: str) -> bool:
    try:
        read(text)
    except SpecError:
        return False
    return True


def toml_schema_accepts(text: str) -> bool:
    data: Any = tomllib.loads(text)["tool"]["encoderfile"]
    as_json = json.loads(json.dumps(data, default=lambda value: value.isoformat()))
    return Draft202012Validator(generate.toml_schema()).is_valid(as_json)


def yaml_schema_accepts(text: str) -> bool:
    as_json = json.loads(json.dumps(yaml.safe_load(text), default=dt.datetime.isoformat))
    return Draft202012Validator(generate.yaml_schema()).is_valid(as_json)


def test_page_names_every_key_of_both_styles() -> None:
    page = (ROOT / "docs" / "reference" / "spec.md").read_text(encoding="utf-8")

    assert [key for style in Style for key in MODEL.keys(style) if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("schema", [generate.toml_schema(), generate.yaml_schema()], ids=["toml", "yaml"])
def test_schema_is_valid_json_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("line", TOML_ACCEPTED)
def test_toml_is_accepted_by_code_and_schema(read_toml: Read, line: str) -> None:
    assert (accepts(read_toml, TABLE + line), toml_schema_accepts(TABLE + line)) == (True, True)


@pytest.mark.parametrize("line", TOML_REFUSED)
def test_toml_is_refused_by_code_and_schema(read_toml: Read, line: str) -> None:
    assert (accepts(read_toml, TABLE + line), toml_schema_accepts(TABLE + line)) == (False, False)


@pytest.mark.parametrize("line", TOML_REFUSED_BY_CODE)
def test_toml_is_refused_by_code_alone(read_toml: Read, line: str) -> None:
    assert (accepts(read_toml, TABLE + line), toml_schema_accepts(TABLE + line)) == (False, True)


@pytest.mark.parametrize("line", YAML_ACCEPTED)
def test_yaml_is_accepted_by_code_and_schema(read_yaml: Read, line: str) -> None:
    text = f"{YAML}  {line}\n"

    assert (accepts(read_yaml, text), yaml_schema_accepts(text)) == (True, True)


@pytest.mark.parametrize("line", YAML_REFUSED)
def test_yaml_is_refused_by_code_and_schema(read_yaml: Read, line: str) -> None:
    text = f"{YAML}  {line}\n"

    assert (accepts(read_yaml, text), yaml_schema_accepts(text)) == (False, False)


@pytest.mark.parametrize(
    ("tables", "accepted"),
    [
        ([], False),
        ([{"name": "a"}], True),
        ([{"name": "a"}, {"name": "b"}], True),
        ([{}], False),
        ([{"name": "a", "path": {}}], False),
        ([{"name": "a"}, {"name": "-"}], False),
        ([1], False),
    ],
)
def test_arrays_are_judged_alike(read_toml: Read, tables: list[Any], accepted: bool) -> None:
    least = {"model-type": "embedding", "path": "m"}
    models = [{**least, **table} if isinstance(table, dict) else table for table in tables]
    text = f"{PROJECT}[tool]\nencoderfile = {as_toml(models)}"

    assert (accepted, accepted) == (accepts(read_toml, text), toml_schema_accepts(text))


def as_toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {as_toml(item)}' for key, item in value.items())} }}"
    return f"[{', '.join(map(as_toml, value))}]" if isinstance(value, list) else json.dumps(value)


@pytest.mark.parametrize(
    "path",
    [
        '{ config = "c", weights = "w" }',
        '{ config = "c", weights = "w", tokenizer = "t", preprocessor-config = "p" }',
        f'{{ config = "c", weights = "w", tokenizer = "t" }}\nfiles = {{ w = {PIN} }}',
        "[]",
        '""',
    ],
)
def test_paths_are_refused_alike(read_toml: Read, path: str) -> None:
    text = TABLE.replace('"model"', path)

    assert (accepts(read_toml, text), toml_schema_accepts(text)) == (False, False)


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_examples_of_the_page_are_valid(read_toml: Read, read_yaml: Read, language: str, text: str) -> None:
    if language == "toml":
        assert (accepts(read_toml, text), toml_schema_accepts(text)) == (True, True)
    else:
        assert (accepts(read_yaml, text), yaml_schema_accepts(text)) == (True, True)


def test_page_has_examples() -> None:
    assert [language for language, _ in EXAMPLES] == ["toml", "toml", "toml", "yaml", "yaml"]
