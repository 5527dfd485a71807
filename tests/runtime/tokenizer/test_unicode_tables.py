"""The committed tables are what the library says, and are read back as they were written."""

from __future__ import annotations

import importlib.util
import string
from pathlib import Path

import pytest

from encoderfile_runtime.tokenizer.unicode.characters import CharacterSet, character_set, lowercase

SCRIPT = Path(__file__).parent / "generate_unicode_tables.py"


@pytest.mark.parametrize(
    "name",
    [
        "tables",
        pytest.param("categories", marks=pytest.mark.slow),
        pytest.param("graphemes", marks=pytest.mark.slow),
    ],
)
def test_committed_tables_are_what_the_script_makes(name: str) -> None:
    spec = importlib.util.spec_from_file_location("generate_unicode_tables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    path = script.TOKENIZER / "unicode" / f"{name}.py"
    assert path.read_text(encoding="utf-8") == script.TABLES[path]()


def test_ranges_are_inclusive() -> None:
    letters = CharacterSet("61 2 3 0")
    assert [c for c in string.ascii_lowercase if c in letters] == ["a", "b", "c", "f"]
    assert letters.pattern() == "\\U00000061-\\U00000063\\U00000066-\\U00000066"


def test_sets_know_their_characters() -> None:
    assert [c for c in map(chr, range(128)) if c in character_set("PUNCTUATION")] == sorted(string.punctuation)
    assert [c for c in map(chr, range(256)) if c in character_set("SPACE")] == list("\t\n\x0b\x0c\r \x85\xa0")
    assert "\u0301" in character_set("ACCENT")
    assert "\U0010ffff" not in character_set("WORD")


def test_lower_case_looks_at_one_letter_only() -> None:
    assert "ΑΣ ẞ İ Ꭰ ǅ".translate(lowercase()) == "ασ ß i\u0307 ꭰ ǆ"
