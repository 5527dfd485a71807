"""The files that are generated from the table of a policy's fields: its JSON Schema and the table in docs/reference/policy.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.schema.tables import Table
from hatch_encoderfile.spec.generated import DIALECT, REGION, as_json
from hatch_encoderfile.verification.policy_fields import POLICY, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD = ("Key", "Value", "Without it", "Meaning")


def write(root: Path) -> None:
    """Write the generated files of the source tree at root."""
    (root / "schemas" / "policy.schema.json").write_text(schema(), encoding="utf-8", newline="\n")
    page = root / "docs" / "reference" / "policy.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def schema() -> str:
    """The text of the schema of a policy."""
    head = {
        "$schema": DIALECT,
        "title": "policy.toml",
        "description": "Who may sign a file, and what it may be made of.",
    }
    return as_json({**head, **POLICY.schema(Style.TOML)})


def with_table(page: str) -> str:
    """The page with its table of keys written anew."""
    rows = [_HEAD, ("---",) * len(_HEAD), *_rows(POLICY, "")]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return REGION.sub(lambda _: lines, page)


def _rows(table: Table, outer: str) -> Iterator[tuple[str, ...]]:
    for field in table.fields:
        key = f"{outer}{field.key(Style.TOML)}"
        value = re.sub(r"'([^' ]+)'", r"`\1`", field.kind.expected(Style.TOML))
        yield f"`{key}`", value, field.unset, field.doc
        if isinstance(field.kind, Tables):
            yield from _rows(field.kind.table, f"{key}[].")
        elif isinstance(field.kind, Table):
            yield from _rows(field.kind, f"{key}.")
