"""Statements about nothing, or about something that is no file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatch_encoderfile.signatures import intoto

SHA256 = "0" * 64


def _parse(**changes: Any) -> intoto.Statement:
    statement = {
        "_type": intoto.TYPE,
        "subject": [{"name": "a", "digest": {"sha256": SHA256}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"made": "up"},
    }
    return intoto.parse(json.dumps(statement | changes).encode())


def test_a_sound_statement() -> None:
    assert _parse().subjects == (SHA256,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"subject": []}, "it has no subject", id="no-subject"),
        pytest.param({"predicate": {}}, "its predicate is empty", id="empty-predicate"),
        pytest.param({"predicate": None}, "expected a predicateType, a predicate", id="no-predicate"),
        pytest.param({"extra": 1}, "unknown key 'extra'", id="unknown-key"),
        pytest.param({"subject": [1]}, "no file with a digest", id="number"),
        pytest.param({"subject": [{}]}, "no file with a digest", id="empty"),
        pytest.param({"subject": [{"name": "a"}]}, "no file with a digest", id="no-digest"),
        pytest.param({"subject": [{"digest": {}}]}, "no file with a digest", id="empty-digest"),
        pytest.param({"subject": [{"digest": SHA256}]}, "no file with a digest", id="digest-of-another-type"),
        pytest.param({"subject": [{"digest": {"sha256": SHA256}, "x": 1}]}, "no file with a digest", id="more"),
        pytest.param({"subject": [{"digest": {"sha256": "A" * 64}}]}, "lower-case hexadecimal", id="upper-case"),
        pytest.param({"subject": [{"digest": {"sha256": [SHA256]}}]}, "lower-case hexadecimal", id="list"),
        pytest.param({"subject": [{"digest": {"sha256": "00"}}]}, "sha256 has 2 digits", id="short"),
        pytest.param(
            {"subject": [{"digest": {"sha256": SHA256}}, {"digest": {"sha512": "x"}}]}, "lower-case", id="junk-beside"
        ),
    ],
)
def test_a_statement_about_junk(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _parse(**changes)
