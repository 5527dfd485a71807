"""SPDX licence expressions (SPDX 2.3, annex D): validation, and whether allowed licences satisfy an expression.

packaging has the list of licences, license-expression the parser. Both are imported on first use.
"""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

JOINS = ("AND", "OR")
OPERATORS = (*JOINS, "WITH")
_LONGEST = 1 << 12  # characters; the parser recurses for each parenthesis
_STRAY = re.compile(r"[^A-Za-z0-9.:+() -]")
_TOLD = 80  # characters of a library's message
# What license-expression raises for some expressions that are none, such as "MIT OR (AND ISC WITH X)".
_STUMBLES = (AssertionError, AttributeError, IndexError, RecursionError, TypeError)
_UNKNOWN = re.compile(r"Unknown license: '(.*?)'")


def words_of(expression: str) -> list[str]:
    """The tokens of an expression: names, operators and parentheses."""
    return expression.replace("(", " ( ").replace(")", " ) ").split()


def fault_in(expression: str) -> str | None:
    """The fault of an expression, or None; licences must be in packaging's SPDX list, or be a LicenseRef-NAME."""
    if fault := _form_fault(expression):
        return fault
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        canonicalize_license_expression(expression)
    except InvalidLicenseExpression as error:
        if isinstance(fault := _tree(expression), str):
            return fault
        said = str(error)[:_TOLD]
        if unknown := _UNKNOWN.match(said):
            return f"no licence of SPDX's list is called {unknown[1]!r}: write another one as LicenseRef-NAME"
        return said
    return None


def allows(expression: str, allowed: Collection[str]) -> bool:
    """Whether the allowed licences satisfy the expression: `AND` needs both sides, `OR` one, `WITH` the pair as written.

    An invalid expression is not satisfied. Names are compared without regard to case, as SPDX prescribes; they need not be in the
    SPDX list.
    """
    tree = None if _form_fault(expression) else _tree(expression)
    return not isinstance(tree, (str, NoneType)) and _satisfied(
        tree, {" ".join(name.lower().split()) for name in allowed}
    )


def _form_fault(expression: str) -> str | None:
    """Faults that the libraries accept and the grammar does not."""
    if not expression.strip():
        return "it is empty"
    if len(expression) > _LONGEST:
        return f"it has more than {_LONGEST} characters"
    if stray := _STRAY.search(expression):
        return f"{stray[0]!r} cannot stand in it"
    if expression.count("(") > expression.count(")"):
        return "a parenthesis is not closed"
    for word in words_of(expression):
        if word.upper() in OPERATORS and word not in OPERATORS:
            return f"{word!r} is written {word.upper()!r}"
    return None


def _tree(expression: str) -> Any:
    """The syntax tree of an expression (boolean.py), or its fault as text."""
    from license_expression import ExpressionError, ExpressionParseError, Licensing

    grammar = Licensing()
    try:
        tree = grammar.parse(expression)
        names = [str(symbol) for symbol in grammar.license_symbols(tree, decompose=True)]
    except ExpressionParseError as error:
        return f"{error.token_string!r} cannot stand at character {error.position + 1}"
    except ExpressionError as error:
        return str(error)[:_TOLD]
    except _STUMBLES:
        return "an operator stands without what it joins, or parentheses hold nothing, or too much"
    for first, *rest in map(str.split, names):
        if rest:
            return f"{rest[0]!r} cannot stand after {first!r}"
    return tree


def _satisfied(tree: Any, known: set[str]) -> bool:
    if not tree.args:
        return str(tree).lower() in known
    each = (_satisfied(part, known) for part in tree.args)
    return any(each) if tree.operator.strip() == "OR" else all(each)
