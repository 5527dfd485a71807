"""Strict reading and canonical writing of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_encoderfile.standards.json import canonical, parse

LARGEST = 2**53 - 1


def objects(text: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | text
    values = st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=20,
    )
    return st.dictionaries(text, values, max_size=5)


@given(objects(st.text()))
def test_what_is_written_is_read_as_it_was(value: dict[str, Any]) -> None:
    assert parse(canonical(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}', id="sorted-no-space"),
        pytest.param({"a": '\x00\x1f\x7f"\\\n/'}, b'{"a":"\\u0000\\u001f\x7f\\"\\\\\\n/"}', id="escapes"),
        pytest.param({"é": "é€😀"}, '{"é":"é€😀"}'.encode(), id="utf-8"),
        # RFC 8785, 3.2.3: the surrogates of U+1F600 sort before U+FB33, though the character itself comes after it.
        pytest.param({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'.encode(), id="utf-16-order"),
        pytest.param({"a": LARGEST}, b'{"a":9007199254740991}', id="largest"),
    ],
)
def test_there_is_one_encoding(value: Any, expected: bytes) -> None:
    assert canonical(value) == expected


@given(objects(st.text(st.characters(max_codepoint=0xD7FF))))
def test_below_the_surrogates_it_is_what_python_writes_with_sorted_names(value: dict[str, Any]) -> None:
    assert canonical(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"a": 0.5}, id="fraction"),
        pytest.param({"a": [{"b": 1.0}]}, id="whole-fraction-inside"),
        pytest.param({"a": float("nan")}, id="nan"),
        pytest.param({"a": LARGEST + 1}, id="beyond-a-double"),
        pytest.param({"a": "\ud800"}, id="half-a-character"),
    ],
)
def test_what_has_no_safe_encoding_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"fraction|safe integer|non-UTF-8"):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b'{"a":1,"a":1}', "the key 'a' comes twice", id="name-twice"),
        pytest.param(b'{"a":NaN}', "NaN is not JSON", id="nan"),
        pytest.param(b"[1]", "expected a JSON object, found a list", id="list"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param(b"\xef\xbb\xbf{}", "BOM", id="bom"),
        pytest.param(b'{"a":"\xff"}', "utf-8", id="no-utf-8"),
        pytest.param(b'{"a":1e999}', "the number 1e999 is out of range", id="infinite"),
        pytest.param(b'{"a":"\\ud800"}', "surrogates not allowed", id="half-a-character"),
        pytest.param(b"{} {}", "Extra data", id="two"),
    ],
)
def test_what_two_parsers_may_read_differently_is_refused(data: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse(data)
