"""Strict reading and canonical writing of JSON (RFC 8259).

Refused is input that parsers read differently: duplicate keys, NaN, numbers out of range, lone surrogates, a byte order
mark, other encodings than UTF-8 (compare I-JSON, RFC 7493). Output is canonical (RFC 8785).
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
    """JSON that other parsers may read differently."""


def parse_any(data: bytes) -> Any:
    """Parse strict JSON.

    Raises:
        ValueError: `data` is not strict JSON.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
        if b"\\ud" in data.lower():  # surrogate escapes: a lone one cannot be encoded, and raises here
            json.dumps(value, ensure_ascii=False).encode()
    except _NotStrictError:
        raise
    except RecursionError:
        raise ValueError("is not UTF-8 JSON that can be read: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"is not UTF-8 JSON: {error}") from None
    return value


def parse(data: bytes) -> dict[str, Any]:
    """Parse strict JSON that is an object.

    Raises:
        ValueError: `data` is not strict JSON, or not an object.
    """
    value = parse_any(data)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, found {shown(value)}")  # noqa: TRY004 - one kind of error for input that is not well formed
    return value


@contextmanager
def reading(data: bytes, source: str) -> Iterator[Fields]:
    """Parse an object and yield its members to be read; unknown members are faults too, and all are raised at the end.

    Raises:
        FaultsError: `data` is not strict JSON, or has faults.
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
    """Encode a value without fractions as canonical JSON (RFC 8785): keys sorted by UTF-16 units, no white space, UTF-8.

    Raises:
        ValueError: the value has a fraction, an integer that a double cannot represent, or a lone surrogate.
    """
    from rfc8785 import dumps

    _reject_fractions(value)
    return dumps(value)


def _reject_fractions(value: Any) -> None:
    """Refuse floats. RFC 8785 can encode them, but no result of floating point arithmetic may get into a file."""
    if isinstance(value, float):
        raise ValueError(f"{value}: a fraction is no part of an encoderfile: write it as text")  # noqa: TRY004 - says what to do
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _reject_fractions(item)
