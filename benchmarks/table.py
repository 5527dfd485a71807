"""The README's rows about inference, from results/inference.json: `python benchmarks/table.py`."""

from __future__ import annotations

import json
from typing import Any

from engines import OURS
from measure import RESULTS


def lines(figures: dict[str, Any]) -> list[str]:
    """The rows in Markdown."""
    return [f"| {' | '.join(row)} |" for row in rows(figures)]


def rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What, how much, and against what."""
    speed, memory, search = figures["speed"], figures["memory"], figures["search"]
    found = []
    for work, what in (
        ("1 x 16 tokens", "one text of 16 tokens"),
        ("1,000 texts", "1,000 sentences, with tokenization"),
    ):
        for threads, engines in speed.items():
            own, other = engines[work][OURS], engines[work].get("sentence-transformers")
            against = f"{own['/ onnxruntime']:.2f} × ONNX Runtime"
            against += f", {other['ours / it']:.2f} × sentence-transformers" if other else ""
            found.append((f"{what}, {threads}", _time(own["ms"]), against))
    for name, value in figures["cold start"].items():
        if name.endswith("- import numpy, ms"):
            kind = name.partition(" - ")[0]
            first = _time(figures["cold start"][f"{kind}, ms"])
            found.append(
                (f"`./FILE infer TEXT`, from a cold process, {kind} base", first, f"`import numpy` {value:+.0f} ms")
            )
    against = f"{search['lines/s']:,} lines a second"
    found.append((f"`./FILE search QUERY` over {search['lines']:,} lines", _time(1e3 * search["s"]), against))
    for kind, values in figures["tokenizer"].items():
        against = f"{values['ours / Rust library']:.2f} × the speed of the Rust library"
        found.append((f"{kind} tokenizer, in Python", f"{values['ours, MB/s']:.1f} MB/s", against))
    one = f"{memory['one text, peak MB']:.0f} MB"
    found.append(("memory of one process", one, f"{memory['one text, peak / touched']:.2f} × what it touches"))
    together = f"{memory['8 processes, PSS MB in all']:.0f} MB"
    found.append(
        ("memory of 8 processes on one file", together, f"{memory['8 processes / 8 times one']:.2f} × 8 times one")
    )
    return found


def _time(ms: float) -> str:
    return f"{ms / 1e3:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 20 else f"{ms:.1f} ms"


def main() -> None:
    print(*lines(json.loads((RESULTS / "inference.json").read_text())["figures"]), sep="\n")


if __name__ == "__main__":
    main()
