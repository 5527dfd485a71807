from __future__ import annotations

import pytest

from hatch_encoderfile.standards.spdx import fault_in


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
        "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
    ],
)
def test_expression_of_the_grammar_has_no_fault(expression: str) -> None:
    assert fault_in(expression) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("Apache 2.0", "'2.0' cannot stand after 'Apache'"),
        ("MIT or ISC", "'or' is written 'OR'"),
        ("MIT OR", "something must follow 'OR'"),
        ("AND MIT", "'AND' cannot stand first"),
        ("MIT AND OR ISC", "'OR' cannot stand after 'AND'"),
        ("(MIT", "a parenthesis is not closed"),
        ("MIT)", "')' cannot stand after 'MIT'"),
        ("()", "')' cannot stand after '('"),
        ("(MIT) WITH x", "'WITH' cannot stand after ')'"),
        ("MIT WITH x WITH y", "'WITH' cannot stand after 'x'"),
        ("MIT WITH (x)", "'(' cannot stand after 'WITH'"),
        ("MIT++", "'MIT++' cannot stand first"),
        ("LicenseRef-", "'LicenseRef-' cannot stand first"),
        ("DocumentRef-x", "'DocumentRef-x' cannot stand first"),
        ("MIT/ISC", "'MIT/ISC' cannot stand first"),
        ("MIT\nOR ISC", "'MIT\\nOR' cannot stand first"),
        ("MIT\u00a0", "'MIT\\xa0' cannot stand first"),
    ],
)
def test_fault_names_the_word(expression: str, expected: str) -> None:
    assert expected == fault_in(expression)
