"""Whether a licence expression (SPDX 2.3, annex D) can be satisfied with a list of licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatch_encoderfile.standards.spdx import fault_in

if TYPE_CHECKING:
    from collections.abc import Collection


def allows(expression: str, allowed: Collection[str]) -> bool:
    """Whether the allowed licences satisfy the expression: `AND` needs both sides, `OR` one, `WITH` the pair as written.

    An expression that is not well formed is not satisfied. A name is compared without regard to case, as SPDX has it.
    """
    words = expression.replace("(", " ( ").replace(")", " ) ").split()
    known = {" ".join(name.lower().split()) for name in allowed}
    return fault_in(expression) is None and _either(words, known)


def _either(words: list[str], known: set[str]) -> bool:
    found = _both(words, known)
    while words and words[0] == "OR":
        words.pop(0)
        found |= _both(words, known)
    return found


def _both(words: list[str], known: set[str]) -> bool:
    found = _licence(words, known)
    while words and words[0] == "AND":
        words.pop(0)
        found &= _licence(words, known)
    return found


def _licence(words: list[str], known: set[str]) -> bool:
    name = words.pop(0)
    if name == "(":
        found = _either(words, known)
        words.pop(0)
        return found
    if words and words[0] == "WITH":
        name = f"{name} {words.pop(0)} {words.pop(0)}"
    return name.lower() in known
