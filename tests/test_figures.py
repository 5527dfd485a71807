"""What the repository says about speed is what its last benchmark measured."""

from __future__ import annotations

import json
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = Path(__file__).parents[1]
RESULTS = CHECKOUT / "benchmarks" / "results"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / "inference.json").read_text())["figures"]
    return found


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(CHECKOUT / "benchmarks")

    def load(name: str) -> ModuleType:
        from importlib import import_module

        return import_module(name)

    return load


def test_the_picture_shows_the_figures(figures: dict[str, Any], script: Any) -> None:
    svg = script("plot").picture(figures)
    ET.indent(svg)

    assert ET.tostring(svg, encoding="unicode") + "\n" == (RESULTS / "inference.svg").read_text(encoding="utf-8")


def test_the_readme_shows_the_figures(figures: dict[str, Any], script: Any) -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()

    assert [row for row in script("table").lines(figures) if row not in readme] == []


def test_goals_that_are_missed_are_named(figures: dict[str, Any], script: Any) -> None:
    expected = [item._asdict() | {"met": item.met} for item in script("goals").goals(figures)]

    assert sorted(expected, key=itemgetter("figure")) == sorted(figures["goals"], key=itemgetter("figure"))


def test_goals_of_the_commands_are_met_at_their_limits_and_missed_above(script: Any) -> None:
    goals = script("goals")
    at_limits = dict(goals.COMMANDS)

    assert all(goal.met for goal in goals.command_goals(at_limits))
    for name, limit in goals.COMMANDS.items():
        missed = [goal.figure for goal in goals.command_goals(at_limits | {name: limit * 1.01}) if not goal.met]
        assert missed == [name]
