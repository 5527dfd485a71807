"""JSON (RFC 8259) in two strict forms.

Read: what two parsers cannot read differently, so no name twice in an object, no NaN, UTF-8 without a BOM. Written: canonical (RFC 8785).
"""

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


def canonical(value: Any) -> bytes:
    """The one encoding of a value without fractions (RFC 8785): names in the order of their UTF-16 units, no white space, UTF-8.

    Raises:
        ValueError: the value holds a number that is not whole, or beyond what a double holds exactly, or text that is not Unicode.
    """
    from rfc8785 import dumps

    _reject_fractions(value)
    return dumps(value)


def _reject_fractions(value: Any) -> None:
    """RFC 8785 has an encoding for them, but nothing that is computed with them may reach a file."""
    if isinstance(value, float):
        raise ValueError(f"{value}: a fraction is no part of an encoderfile: write it as text")  # noqa: TRY004 - says what to do
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _reject_fractions(item)
