"""JSON (RFC 8259) in two strict forms.

Read: what two parsers cannot read differently, so no key twice in an object, no NaN, no infinite number, no half of a
character, UTF-8 without a BOM. Written: canonical (RFC 8785).
"""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.fields import Fields, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


class _NotStrictError(ValueError):
    """JSON that another parser may take for something else."""


def parse_any(data: bytes) -> Any:
    """The value that `data` is.

    Raises:
        ValueError: it is no such JSON.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
        if b"\\ud" in data.lower():  # an escaped lone surrogate is JSON, but no text
            json.dumps(value, ensure_ascii=False).encode()
    except _NotStrictError:
        raise
    except RecursionError:
        raise ValueError("is not UTF-8 JSON that can be read: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is not UTF-8 JSON: {error}") from None
    return value


def parse(data: bytes) -> dict[str, Any]:
    """The object that `data` is.

    Raises:
        ValueError: it is no such JSON, or no object.
    """
    value = parse_any(data)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, found {shown(value)}")  # noqa: TRY004 - one kind of error for input that is not well formed
    return value


@contextmanager
def reading(data: bytes, source: str) -> Iterator[Fields]:
    """The members of the object that `data` is, to be read in the block: all faults are told at its end, and what is unknown is one.

    Raises:
        FaultsError: it is no such JSON, or has a fault.
    """
    faults: list[str] = []
    try:
        fields = Fields(parse(data), "", faults)
    except ValueError as error:
        raise FaultsError(source, [str(error)]) from None
    yield fields
    fields.close()
    if faults:
        raise FaultsError(source, faults)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _NotStrictError(f"the key {shown(name)} comes twice")
            seen.add(name)
    return made


def _no_constant(name: str) -> NoReturn:
    raise _NotStrictError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _NotStrictError(f"the number {text[:20]} is out of range")
    return value


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
