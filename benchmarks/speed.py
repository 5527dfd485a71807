"""Engines on the same work, warm and in turn: medians, and ratios of medians to ONNX Runtime's."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from engines import OURS
from peers import REPEATED, Engine, start

if TYPE_CHECKING:
    from prepare import Prepared

REFERENCE = "onnxruntime"
WORK = ("1 x 16 tokens", "1 x 128 tokens", "1,000 sentences", "32 at a time", "1 text", "1,000 texts")
"""The last two are end to end, with tokenization."""


class Limits(NamedTuple):
    """Seconds that an engine has for a work, about, and how often a turn is measured until nothing disturbs it."""

    budget: float
    attempts: int


Times = dict[str, dict[str, dict[str, float]]]
"""By work and engine: `ms`, in how many `turns`, and `/ onnxruntime`."""


def figures(prepared: Prepared, python: str, versions: dict[str, str], threads: int, limits: Limits) -> Times:
    """Engines take many turns where they are short, but two of the longest."""
    engines = start(python, threads, prepared, versions)
    found = {}
    for work in WORK:
        found[work] = _compare([engine for engine in engines if work in engine.works], work, limits)
        for name, row in found[work].items():
            print(
                f"{threads} x {work:<16} {name:<22}", *(f"{key} {value:<9}" for key, value in row.items()), flush=True
            )
    for engine in engines:
        engine.stop()
    return found


def _compare(engines: list[Engine], work: str, limits: Limits) -> dict[str, dict[str, float]]:
    turns = {engine: _turns(engine.turn(work), limits.budget) for engine in engines}  # these first ones only warm up
    taken: dict[str, list[float]] = {engine.name: [] for engine in engines}
    rounds = max(turns.values())
    for number in range(rounds):
        for engine in engines[number % len(engines) :] + engines[: number % len(engines)]:
            # Engines with fewer turns have them at equal distances.
            if (number + 1) * turns[engine] // rounds > number * turns[engine] // rounds:
                taken[engine.name].append(engine.turn(work, limits.attempts))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    found = {name: {"ms": round(value * 1e3, 3), "turns": len(taken[name])} for name, value in medians.items()}
    if REFERENCE in medians:
        for name, row in found.items():
            row[f"/ {REFERENCE}"] = round(medians[name] / medians[REFERENCE], 3)
    for name, row in found.items():
        row["ours / it"] = round(medians[OURS] / medians[name], 3)
    return found


def _turns(seconds: float, budget: float) -> int:
    return max(2, min(9, int(budget / max(seconds, REPEATED))))
