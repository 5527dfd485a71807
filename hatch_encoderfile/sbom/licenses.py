"""Conversion of the licences in model cards to SPDX expressions (SPDX licence list 3.x) and CycloneDX licence choices.

Hugging Face's identifiers: https://huggingface.co/docs/hub/repositories-licenses
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatch_encoderfile.standards.spdx import OPERATORS, fault_in, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Identifiers that Hugging Face writes like SPDX, but in lower case. Not packaging's table: that grows from version to
# version, and the SBOM of the same content must not change.
_SAME = """
    0BSD AFL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0
    CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0
    CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0
    ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 ISC LPPL-1.3c MIT MPL-2.0 MS-PL NCSA OFL-1.1 OSL-3.0 PostgreSQL Unlicense
    WTFPL Zlib etalab-2.0
"""
# GNU licences without "or later" mean this version only; SPDX deprecated the bare identifiers in favour of these.
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
    """The SPDX expression for a card's licence; None if there is none, as for most licences made for models."""
    if text.lower() in SPDX_IDS:
        return SPDX_IDS[text.lower()]
    if fault_in(text):
        return None
    # Only expressions from here on: a single identifier that the table above lacks stays the card's text, since whether
    # packaging knows it depends on its version.
    words = words_of(text)
    if not any(word in OPERATORS for word in words):
        return None
    known = [word if word in (*OPERATORS, "(", ")") else SPDX_IDS.get(word.lower()) for word in words]
    expression = " ".join(word for word in known if word)
    return None if None in known else expression.replace("( ", "(").replace(" )", ")")


def all_of(expressions: Iterable[str]) -> str:
    """The conjunction of expressions, each term once; an OR needs parentheses (SPDX 2.3, annex D: AND binds tighter)."""
    terms: set[str] = set()
    for expression in expressions:
        if " OR " in expression:
            terms.add(f"({expression})")
        else:
            terms |= {expression} if "(" in expression else set(expression.split(" AND "))
    return " AND ".join(sorted(terms, key=str.lower))


def declared(expression: str) -> list[dict[str, Any]]:
    """CycloneDX's licence choice for an expression of the spec or a base: "concluded", as its author examined it."""
    return [{"expression": expression, "acknowledgement": "concluded"}]


def from_card(texts: Sequence[str], name: str | None, link: str | None) -> list[dict[str, Any]]:
    """CycloneDX's licence choice for the licence of a model card, as "declared"; empty if the card names none."""
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
