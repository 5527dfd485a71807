"""Marshalled code, rewritten: the same objects, said once, and the same bytes every time."""

from __future__ import annotations

import marshal
import sys
from types import CodeType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_encoderfile.bases.standalone.marshalled import rewrite

NEEDS_311 = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 marshals code differently, sets in any order"
)
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.complex_numbers()
    | st.binary(max_size=300)
    | st.text(max_size=300)
    | st.just(...)
)
CONSTANTS = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=5).map(tuple), max_leaves=30)


@given(CONSTANTS)
def test_the_object_stays_what_it_was(value: Any) -> None:
    plain = marshal.dumps(value, 2)

    assert plain == marshal.dumps(marshal.loads(rewrite(plain)), 2)  # noqa: S302 - our own bytes


@NEEDS_311
@given(st.frozensets(st.text(max_size=5) | st.integers()))
def test_a_set_stays_what_it_was(value: frozenset[Any]) -> None:
    assert value == marshal.loads(rewrite(marshal.dumps(value, 2)))  # noqa: S302 - our own bytes


@NEEDS_311
def test_code_stays_what_it_was() -> None:
    source = "def f(a, *, b='name'):\n    c = (a, b, 1.5)\n    return lambda: [c, 'two words', frozenset({1, 2})]\n"
    plain = marshal.dumps(compile(source, "<test>", "exec"), 2)

    code = marshal.loads(rewrite(plain))  # noqa: S302 - our own bytes

    assert isinstance(code, CodeType)
    assert plain == marshal.dumps(code, 2)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 - the source above
    assert [(3, "name", 1.5), "two words", {1, 2}] == namespace["f"](3)()


def test_what_stands_twice_is_said_once() -> None:
    plain = marshal.dumps(("a long string", ("a long string", "another"), ("a long string", "another")), 2)

    expected = b")\x03" + b"\xfa\x0da long string" + b"\xa9\x02" + b"r\0\0\0\0" + b"\xda\x07another" + b"r\1\0\0\0"
    assert expected == rewrite(plain)


def test_names_are_interned_and_texts_are_not() -> None:
    assert b"Z\x04name" == rewrite(marshal.dumps("name", 2))
    assert b"z\x06a text" == rewrite(marshal.dumps("a text", 2))


@NEEDS_311
def test_equal_code_stays_two_objects() -> None:
    plain = marshal.dumps(compile("f = [lambda: 1, lambda: 1]", "<test>", "exec"), 2)

    first, second = (item for item in marshal.loads(rewrite(plain)).co_consts if isinstance(item, CodeType))  # noqa: S302

    assert first is not second


@pytest.mark.parametrize("length", range(24))
def test_data_that_ends_too_early_is_refused(length: int) -> None:
    plain = marshal.dumps(("text", 12345, b"bytes"), 2)

    with pytest.raises(ValueError, match="ends too early"):
        rewrite(plain[:length])


def test_data_that_goes_on_is_refused() -> None:
    with pytest.raises(ValueError, match="goes on after its end at 5"):
        rewrite(marshal.dumps(7, 2) + b"N")


@pytest.mark.parametrize("kind", [b"{0", b"r\0\0\0\0", b"?", b"\xe3"], ids=["dict", "reference", "unknown", "flagged"])
def test_what_has_no_place_in_code_is_refused(kind: bytes) -> None:
    with pytest.raises(ValueError, match=r"marshal type|ends too early"):
        rewrite(kind + bytes(8))
