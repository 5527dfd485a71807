"""Licences as model cards name them, as SPDX expressions (SPDX licence list 3.x).

Hugging Face's identifiers: https://huggingface.co/docs/hub/repositories-licenses
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatch_encoderfile.standards.spdx import OPERATORS, fault_in, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Hugging Face writes these in lower case and otherwise as SPDX does. A table of our own, as packaging's grows from version to version and
# a bill has to be the same with each.
_SAME = """
    0BSD AFL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0
    CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0
    CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0
    ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 ISC LPPL-1.3c MIT MPL-2.0 MS-PL NCSA OFL-1.1 OSL-3.0 PostgreSQL Unlicense
    WTFPL Zlib etalab-2.0
"""
# A version without "or later" is that version only: SPDX deprecated the bare identifiers in favour of these.
_OTHER = {
    "agpl-3.0": "AGPL-3.0-only",
    "c-uda": "C-UDA-1.0",
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "lgpl-lr": "LGPLLR",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
}
SPDX_IDS = {identifier.lower(): identifier for identifier in _SAME.split()} | _OTHER
_NOTHING = ("other", "unknown")


def to_spdx(text: str) -> str | None:
    """The SPDX expression for a card's licence; None where SPDX has none, as for families and most model licences."""
    if text.lower() in SPDX_IDS:
        return SPDX_IDS[text.lower()]
    if fault_in(text):
        return None
    words = words_of(text)
    if not any(word in OPERATORS for word in words):
        return None
    known = [word if word in (*OPERATORS, "(", ")") else SPDX_IDS.get(word.lower()) for word in words]
    expression = " ".join(word for word in known if word)
    return None if None in known else expression.replace("( ", "(").replace(" )", ")")


def all_of(expressions: Iterable[str]) -> str:
    """One expression that asks for all of these, each once (SPDX 2.3, annex D: AND binds tighter than OR)."""
    terms: set[str] = set()
    for expression in expressions:
        if " OR " in expression:
            terms.add(f"({expression})")
        else:
            terms |= {expression} if "(" in expression else set(expression.split(" AND "))
    return " AND ".join(sorted(terms, key=str.lower))


def declared(expression: str) -> list[dict[str, Any]]:
    """CycloneDX's licence choice for the expression that a spec or a base declares: its author has looked at it."""
    return [{"expression": expression, "acknowledgement": "concluded"}]


def from_card(texts: Sequence[str], name: str | None, link: str | None) -> list[dict[str, Any]]:
    """CycloneDX's licence choice for what a model card says; empty where it says nothing."""
    stated = [text for text in texts if text.lower() not in _NOTHING]
    if len(stated) == 1 and (expression := to_spdx(stated[0])):
        return [{"expression": expression, "acknowledgement": "declared"}]
    if not stated and name:
        stated = [name]
    return [{"license": _license(text, link) | {"acknowledgement": "declared"}} for text in stated]


def _license(text: str, link: str | None) -> dict[str, str]:
    identifier = SPDX_IDS.get(text.lower())
    if identifier:
        return {"id": identifier}
    return {"name": text, "url": link} if link else {"name": text}
