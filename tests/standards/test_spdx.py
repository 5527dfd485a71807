from __future__ import annotations

import pytest

from hatch_encoderfile.standards.spdx import allows, fault_in


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "apache-2.0",
        "GPL-2.0+",
        "MIT OR Apache-2.0",
        "GPL-2.0-or-later WITH Classpath-exception-2.0 AND MIT",
        "((MIT))",
        "(MIT AND (BSD-3-Clause OR ISC))AND 0BSD",
        "LicenseRef-my.licence",
    ],
)
def test_expression_of_the_grammar_has_no_fault(expression: str) -> None:
    assert fault_in(expression) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("Fair-9.0", "no licence of SPDX's list is called 'fair-9.0': write another one as LicenseRef-NAME"),
        ("MIT WITH Fair-exception", "Unknown license exception: 'fair-exception'"),
        ("MIT OR " * 1000 + "MIT", "it has more than 4096 characters"),
        ("Apache 2.0", "'2.0' cannot stand after 'Apache'"),
        ("MIT or ISC", "'or' is written 'OR'"),
        ("MIT OR", "OR requires two or more licenses as in: MIT OR BSD"),
        ("AND MIT", "'AND' cannot stand at character 1"),
        ("MIT AND OR ISC", "'OR' cannot stand at character 9"),
        ("(MIT", "a parenthesis is not closed"),
        ("MIT)", "')' cannot stand at character 4"),
        ("()", "an operator stands without what it joins, or parentheses hold nothing, or too much"),
        ("(MIT) WITH x", "'WITH' cannot stand at character 7"),
        ("MIT WITH x WITH y", "'WITH' cannot stand at character 12"),
        ("MIT WITH (x)", "'WITH' cannot stand at character 5"),
        ("MIT++", "no licence of SPDX's list is called 'mit+': write another one as LicenseRef-NAME"),
        ("LicenseRef-", "Invalid licenseref: 'licenseref-'"),
        ("DocumentRef-x", "no licence of SPDX's list is called 'documentref-x': write another one as LicenseRef-NAME"),
        ("MIT/ISC", "'/' cannot stand in it"),
        ("MIT\nOR ISC", "'\\n' cannot stand in it"),
        ("MIT\u00a0", "'\\xa0' cannot stand in it"),
    ],
)
def test_fault_names_the_word(expression: str, expected: str) -> None:
    assert expected == fault_in(expression)


def test_parentheses_as_deep_as_no_expression_has_are_refused() -> None:
    assert fault_in("(" * 1500 + "MIT" + ")" * 1500)


@pytest.mark.parametrize(
    "expression",
    ["Apache-2.0 OR (AND GPL-2.0-only WITH Classpath-exception-2.0)", "MIT AND (OR ISC WITH X)", "(WITH X)"],
)
def test_an_operator_without_a_left_side_is_a_fault(expression: str) -> None:
    assert fault_in(expression)
    assert not allows(expression, ["MIT", "Apache-2.0"])
