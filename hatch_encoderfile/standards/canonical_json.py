"""Canonical JSON (RFC 8785) of values without fractions."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """The one encoding of a value: sorted keys, no white space, UTF-8.

    Raises:
        ValueError: the value holds a number that is not whole, or text that is not Unicode.
    """
    _reject_fractions(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _reject_fractions(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError(f"{value}: a fraction has no one encoding: write it as text")  # noqa: TRY004 - says what to do
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _reject_fractions(item)
