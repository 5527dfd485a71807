"""Write what is generated from code: JSON Schemas, the tables in docs/, and the protobuf classes of the manifest.

Run in the source tree: `python schemas/generate.py`. Tests compare the committed files with `texts()`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import cli_reference
import settings_reference

from hatch_encoderfile.plugin.options import OPTIONS
from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.schema.tables import Either, Field, Table
from hatch_encoderfile.spec.declaration import Declaration
from hatch_encoderfile.spec.fields import MODEL
from hatch_encoderfile.spec.read import YAML_DOCUMENT
from hatch_encoderfile.verification.policy_fields import POLICY, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hatch_encoderfile.schema.reader import JsonSchema

ROOT = Path(__file__).parents[1]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REGION = re.compile(r"(?<=<!-- keys: generated -->\n).*(?=<!-- end of keys -->)", re.DOTALL)
_PROTO = "hatch_encoderfile/container/manifest.proto"


def texts() -> dict[str, str]:
    """The text of each generated file but the protobuf classes, by its path in the source tree."""
    return {
        "schemas/encoderfile.schema.json": _as_json(toml_schema()),
        "schemas/encoderfile-yml.schema.json": _as_json(yaml_schema()),
        "schemas/policy.schema.json": _as_json(policy_schema()),
        "docs/reference/spec.md": _page("docs/reference/spec.md", _spec_rows()),
        "docs/reference/policy.md": _page("docs/reference/policy.md", _policy_rows()),
        "docs/reference/cli.md": cli_reference.reference(),
        "docs/reference/hatch.md": _page("docs/reference/hatch.md", _option_rows()),
        "docs/reference/settings-keys.md": _page("docs/reference/settings-keys.md", settings_reference.rows()),
    }


def toml_schema() -> JsonSchema:
    """The schema of the value of `tool.encoderfile`: a table, or an array of tables."""
    model = {"$ref": "#/$defs/model"}
    return {
        "$schema": _DIALECT,
        "title": "[tool.encoderfile]",
        "description": "Models that hatch-encoderfile builds. Generated; name and version may come from [project].",
        "anyOf": [
            model,
            {"type": "array", "minItems": 1, "items": {"allOf": [model, {"required": ["name"]}]}},
        ],
        "$defs": {"model": Declaration().schema(Style.TOML)},
    }


def yaml_schema() -> JsonSchema:
    """The schema of encoderfile.yml."""
    head = {"$schema": _DIALECT, "title": "encoderfile.yml", "description": "A model in Mozilla's form. Generated."}
    return {**head, **YAML_DOCUMENT.schema(Style.YAML)}


def policy_schema() -> JsonSchema:
    """The schema of a policy."""
    head = {
        "$schema": _DIALECT,
        "title": "policy.toml",
        "description": "Who may sign a file, and what it may be made of.",
    }
    return {**head, **POLICY.schema(Style.TOML)}


def _as_json(schema: JsonSchema) -> str:
    return json.dumps(schema, indent=2) + "\n"


def _page(path: str, rows: Sequence[Sequence[str]]) -> str:
    """A page of the documentation with its table of keys written anew; the first row is the heading."""
    lines = "".join(f"| {' | '.join(row)} |\n" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:]))
    return _REGION.sub(lambda _: lines, (ROOT / path).read_text(encoding="utf-8"))


def _spec_rows() -> list[tuple[str, ...]]:
    head = ("`[tool.encoderfile]`", "`encoderfile.yml`", "Value", "Without it", "Meaning")
    return [head, *_fields(MODEL, dict.fromkeys(Style, ""))]


def _fields(table: Table, outer: dict[Style, str]) -> Iterator[tuple[str, ...]]:
    for field in table.fields:
        keys = {style: f"{outer[style]}{field.key(style)}" for style in Style if style in field.styles}
        names = [f"`{keys[style]}`" if style in keys else "" for style in Style]
        yield *names, _value(field), "; ".join(_without(field)), field.doc
        inner = field.kind.table if isinstance(field.kind, Either) else field.kind
        if isinstance(inner, Table):
            yield from _fields(inner, {style: f"{key}." for style, key in keys.items()})


def _without(field: Field) -> Iterator[str]:
    """What holds when the key is not there."""
    if field.unset:
        yield field.unset
    yield from _by_style(dict.fromkeys(field.required, "**required**"))
    yield from _by_style({style: f"`{json.dumps(value)}`" for style, value in field.defaults.items()})


def _by_style(words: Mapping[Style, str]) -> Iterator[str]:
    """The word both styles share, or each word with its style."""
    if len(words) == len(Style) and len(set(words.values())) == 1:
        yield words[Style.TOML]
    else:
        yield from (f"{word} in {style.value}" for style, word in words.items())


def _policy_rows() -> list[tuple[str, ...]]:
    return [("Key", "Value", "Without it", "Meaning"), *_policy_fields(POLICY, "")]


def _policy_fields(table: Table, outer: str) -> Iterator[tuple[str, ...]]:
    for field in table.fields:
        key = f"{outer}{field.key(Style.TOML)}"
        yield f"`{key}`", _value(field), field.unset, field.doc
        if isinstance(field.kind, Tables):
            yield from _policy_fields(field.kind.table, f"{key}[].")
        elif isinstance(field.kind, Table):
            yield from _policy_fields(field.kind, f"{key}.")


def _option_rows() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Option", "Value", "Without it", "Meaning")]
    for field in OPTIONS.fields:
        default = field.unset or f"`{json.dumps(field.defaults[Style.TOML])}`"
        rows.append((f"`{field.key(Style.TOML)}`", _value(field), default, field.doc))
    return rows


def _value(field: Field) -> str:
    return re.sub(r"'([^' ]+)'", r"`\1`", field.kind.expected(Style.TOML))


def write_protobuf(root: Path) -> None:
    """Write the protobuf classes of the manifest, and their types, below `root`."""
    protoc = Path(sysconfig.get_path("scripts"), "protoc")
    outputs = [f"--python_out={root}", f"--pyi_out={root}"]
    subprocess.run([protoc, f"-Ihatch_encoderfile/container={ROOT / 'schemas'}", *outputs, _PROTO], check=True)


def main() -> None:
    """Write all generated files."""
    for path, text in texts().items():
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    write_protobuf(ROOT)


if __name__ == "__main__":
    main()
