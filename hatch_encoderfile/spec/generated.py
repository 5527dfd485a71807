"""The files that are generated from the table of fields: two JSON Schemas and the tables in docs/reference/spec.md."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.schema.tables import Either, Field, Table
from hatch_encoderfile.spec.declaration import Declaration
from hatch_encoderfile.spec.fields import MODEL
from hatch_encoderfile.spec.read import YAML_DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hatch_encoderfile.schema.reader import JsonSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REGION = re.compile(r"(?<=<!-- keys: generated -->\n).*(?=<!-- end of keys -->)", re.DOTALL)
COLUMNS = ("`[tool.encoderfile]`", "`encoderfile.yml`", "Value", "Without it", "Meaning")


def write(root: Path) -> None:
    """Write the generated files of the source tree at root."""
    schemas = {"encoderfile.schema.json": toml_schema(), "encoderfile-yml.schema.json": yaml_schema()}
    for name, schema in schemas.items():
        (root / "schemas" / name).write_text(as_json(schema), encoding="utf-8", newline="\n")
    page = root / "docs" / "reference" / "spec.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def toml_schema() -> JsonSchema:
    """The schema of the value of `tool.encoderfile`: a table, or an array of tables."""
    model = {"$ref": "#/$defs/model"}
    return {
        "$schema": DIALECT,
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
    head = {"$schema": DIALECT, "title": "encoderfile.yml", "description": "A model in Mozilla's form. Generated."}
    return {**head, **YAML_DOCUMENT.schema(Style.YAML)}


def as_json(schema: JsonSchema) -> str:
    """The text of a committed schema."""
    return json.dumps(schema, indent=2) + "\n"


def with_tables(page: str) -> str:
    """The page with its region of keys written anew."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *_rows(MODEL, dict.fromkeys(Style, ""))]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return REGION.sub(lambda _: lines, page)


def _rows(table: Table, outer: dict[Style, str]) -> Iterator[tuple[str, ...]]:
    for field in table.fields:
        keys = {style: f"{outer[style]}{field.key(style)}" for style in Style if style in field.styles}
        yield (*(f"`{keys[style]}`" if style in keys else "" for style in Style), *_cells(field))
        inner = field.kind.table if isinstance(field.kind, Either) else field.kind
        if isinstance(inner, Table):
            yield from _rows(inner, {style: f"{key}." for style, key in keys.items()})


def _cells(field: Field) -> tuple[str, str, str]:
    value = re.sub(r"'([^' ]+)'", r"`\1`", field.kind.expected(Style.TOML))
    return value, "; ".join(_without(field)), field.doc


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
