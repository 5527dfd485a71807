"""Mutants of sound input on every parser: each is taken, or refused by an error that is meant for people.

A slice of what `make fuzz` runs.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from support.parsers import attempt, parsers

if TYPE_CHECKING:
    from pathlib import Path

MUTANTS = 40  # of each parser; `make fuzz` tries 300,000
SEED = "2021-08-30"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parsers")


def test_mutants_are_taken_or_refused(root: Path) -> None:
    for name, parser in parsers(root).items():
        random = Random(f"{SEED} {name}")  # noqa: S311 - repeatable, not secret
        for data in parser.seeds:
            parser.read(data)
        tried = attempt(parser, MUTANTS, random)
        assert tried.accepted + tried.refused == MUTANTS
        assert tried.refused or name == "model card", name
