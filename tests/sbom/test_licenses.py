"""Licences as model cards name them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from hatch_encoderfile.sbom.licenses import SPDX_IDS, from_card, to_spdx


def test_every_identifier_of_the_table_is_one_of_spdx() -> None:
    schema = files("cyclonedx.schema._res").joinpath("spdx.SNAPSHOT.schema.json").read_text(encoding="utf-8")

    assert set(SPDX_IDS.values()) <= set(json.loads(schema)["enum"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("odc-by", "ODC-By-1.0"),
        ("mit OR apache-2.0", "MIT OR Apache-2.0"),
        ("(mit OR apache-2.0) AND isc", "(MIT OR Apache-2.0) AND ISC"),
        ("llama2", None),
        ("cc", None),
        ("mit OR llama2", None),
        ("mit OR", None),
        ("not a licence", None),
        ("", None),
    ],
)
def test_a_licence_becomes_an_expression_or_nothing(text: str, expected: str | None) -> None:
    assert to_spdx(text) == expected


@pytest.mark.parametrize(
    ("texts", "name", "link", "expected"),
    [
        ((), None, None, []),
        (("other",), None, None, []),
        (("mit",), None, None, [{"expression": "MIT", "acknowledgement": "declared"}]),
        (
            ("llama2",),
            None,
            "https://x.org",
            [{"license": {"name": "llama2", "url": "https://x.org", "acknowledgement": "declared"}}],
        ),
        (("other",), "ours", None, [{"license": {"name": "ours", "acknowledgement": "declared"}}]),
        (
            ("mit", "gemma"),
            None,
            None,
            [
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"license": {"name": "gemma", "acknowledgement": "declared"}},
            ],
        ),
    ],
)
def test_what_the_card_says_becomes_cyclonedx(
    texts: tuple[str, ...], name: str | None, link: str | None, expected: list[dict[str, Any]]
) -> None:
    assert from_card(texts, name, link) == expected
