"""Every key of config.json of every family, with values of each kind: equal to transformers, refused by name, or noted.

The reference is `tests/fixtures/config_keys`, which `make_config_keys.py` beside it makes; `make parity` compares the two.
The table of the outcomes is docs/reference/config-keys.md, which `make generate` writes by running this file.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.config_sweep import BASES, TEXTS, projections, weight

from encoderfile_runtime.architectures import EncoderConfig, architecture, encoder_tensors, head_tensors
from encoderfile_runtime.encoder import Encoder
from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks import Head
from hatch_encoderfile.models.families import FAMILIES, Reading, read_config

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "config_keys"
TABLE = ROOT / "docs" / "reference" / "config-keys.md"
TASK = ModelType.SEQUENCE_CLASSIFICATION
TOLERANCE = 1e-5
families = pytest.mark.parametrize("family", sorted(BASES))


@cache
def reference(family: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress((FIXTURES / f"{family}.json.gz").read_bytes()))
    return found


def cases(family: str) -> list[tuple[dict[str, Any], list[float] | str | None]]:
    found: list[tuple[dict[str, Any], list[float] | str | None]] = reference(family)["cases"]
    return found


@cache
def computed(settings: str) -> list[float]:
    """Projections of states and logits by the settings, as JSON, of a tiny model."""
    encoder = EncoderConfig.from_json(json.loads(settings))
    shapes = encoder_tensors(encoder) | head_tensors(TASK, encoder, 2)
    tensors = {name: weight(name, shape) for name, shape in shapes.items()}
    head = Head(TASK, encoder, tensors.__getitem__)
    found = []
    for states in Encoder(encoder, tensors.__getitem__).forward(TEXTS):
        found += projections(states) + projections(head.sequence_logits([states])[0])
    return found


def outcome(family: str, change: dict[str, Any], expected: list[float] | str | None) -> str:
    """What becomes of a case: "equal", "refused", "noted", or what is wrong."""
    reading = read_config({"model_type": family} | BASES[family] | change, TASK)
    try:
        encoder = reading.encoder(architecture(family).prefixes[-1])
    except ModelError as error:
        named = any(key in fault for fault in error.faults for key in change)
        return "refused" if named else f"refused without its name: {error.faults}"
    if expected is None:
        return "built now, and refused when the reference was made: make it again"
    if isinstance(expected, str):
        # The reference checks the types of keys that change nothing, and of keys that it is told by mistake.
        expected = computed(plain(family))
    if encoder.max_tokens < max(map(len, TEXTS)):
        return "refused"  # which such texts are when they come
    if np.abs(np.subtract(computed(json.dumps(encoder.to_json())), expected)).max() > TOLERANCE:
        return "different"
    return "noted" if is_noted(reading, change) else "equal"


def plain(family: str) -> str:
    reading = read_config({"model_type": family} | BASES[family], TASK)
    return json.dumps(reading.encoder(architecture(family).prefixes[-1]).to_json())


def is_noted(reading: Reading, change: dict[str, Any]) -> bool:
    return any(key in note for note in reading.notes for key in change)


@families
def test_every_key_of_the_reference_has_a_row(family: str) -> None:
    assert set(reference(family)["keys"]) - set(FAMILIES[family].rows) == set()


@families
def test_every_key_is_equal_or_refused_or_noted(family: str) -> None:
    found = [(change, outcome(family, change, expected)) for change, expected in cases(family)]
    assert len(found) > 300
    assert [(change, result) for change, result in found if result not in {"equal", "refused", "noted"}] == []


def test_the_sweep_can_fail() -> None:
    change, expected = next(
        (change, expected)
        for change, expected in cases("gte")
        if "rope_parameters" in change and isinstance(expected, list)
    )
    assert outcome("gte", change, expected) == "equal"
    assert isinstance(expected, list)
    assert outcome("gte", change, [expected[0] + 1e-4, *expected[1:]]) == "different"


def table() -> str:
    """The outcomes by key and family, as a table in Markdown."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    for family in sorted(BASES):
        for change, expected in cases(family):
            if len(change) == 1:
                [key] = change
                counts.setdefault(key, {}).setdefault(family, Counter())[outcome(family, change, expected)] += 1
    lines = ["| key | " + " | ".join(sorted(BASES)) + " |", "|---|" + "---|" * len(BASES)]
    for key, row in sorted(counts.items()):
        cells = (shown(row.get(family, Counter())) for family in sorted(BASES))
        lines.append(f"| `{key}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def shown(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "-"


HEADING = """# Keys of config.json

What becomes of each key, for values that are legal and values that are not: *equal* to what transformers computes (1e-5),
*refused* by the key's name, or *noted* as no setting of the family and without effect, as in transformers. The numbers count
the values tried. Generated by `make generate`; a test compares it with what the code does.

"""


def test_the_table_in_the_docs_is_that_of_the_code() -> None:
    assert TABLE.read_text("utf-8") == HEADING + table()


if __name__ == "__main__":
    TABLE.write_text(HEADING + table(), "utf-8")
