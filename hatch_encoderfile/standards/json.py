"""JSON (RFC 8259) that two parsers cannot read differently: no name twice in an object, no NaN, UTF-8 without a BOM."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse(data: bytes) -> dict[str, Any]:
    """The object that `data` is.

    Raises:
        ValueError: it is no such JSON, or no object.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - one kind of error for input that is not well formed
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("has a name twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"has {name}, which is not JSON")
