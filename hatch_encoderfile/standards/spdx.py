"""The grammar of SPDX licence expressions (SPDX 2.3, annex D): syntax only, no list of licences."""

from __future__ import annotations

import re

from hatch_encoderfile.messages import quoted

LICENSE = re.compile(
    r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+"
    r"|(?!(?:Document|License)Ref-)[A-Za-z0-9][A-Za-z0-9.-]*\+?"
)
EXCEPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
JOINS = ("AND", "OR")
OPERATORS = (*JOINS, "WITH")


def fault_in(expression: str) -> str | None:
    """What is wrong with the expression, or None."""
    depth = 0
    previous = ""
    # What may come next: an operand, an exception, or an operator; `simple` says whether WITH may.
    expecting, simple = "operand", False
    for word in filter(None, expression.replace("(", " ( ").replace(")", " ) ").split(" ")):
        if word.upper() in OPERATORS and word not in OPERATORS:
            return f"{quoted(word)} is written {word.upper()!r}"
        if expecting == "operand" and word == "(":
            depth += 1
        elif expecting == "operand" and word not in OPERATORS and LICENSE.fullmatch(word):
            expecting, simple = "operator", True
        elif expecting == "exception" and word not in OPERATORS and EXCEPTION.fullmatch(word):
            expecting, simple = "operator", False
        elif expecting == "operator" and word in JOINS:
            expecting = "operand"
        elif expecting == "operator" and word == "WITH" and simple:
            expecting = "exception"
        elif expecting == "operator" and word == ")" and depth:
            depth -= 1
            simple = False
        else:
            return f"{quoted(word)} cannot stand {f'after {quoted(previous)}' if previous else 'first'}"
        previous = word
    if expecting != "operator":
        return f"something must follow {quoted(previous)}" if previous else "it is empty"
    return "a parenthesis is not closed" if depth else None
