"""What the figures are to be, and which are: the bars of the project."""

from __future__ import annotations

from typing import Any, NamedTuple

SPEED = {
    "1 thread": {"1 x 16 tokens": 0.85, "1 x 128 tokens": 0.95, "1,000 sentences": 0.75, "32 at a time": 0.25},
    "2 threads": {"1 x 16 tokens": 0.95, "1 x 128 tokens": 0.85, "1,000 sentences": 0.75, "32 at a time": 0.30},
}
"""Of our time to that of ONNX Runtime in float32."""

PEERS = {"torch eager": 0.5, "torch sdpa": 0.5, "sentence-transformers": 0.35}
"""Of our time to theirs."""

TOKENIZER = 0.25  # of the Rust library's speed, at least
MEMORY = 1.3  # of what a process touches
COLD_START = 60.0  # ms after `import numpy`

COMMANDS = {
    "build / (cp + sha256sum + start)": 1.4,
    "verify / (sha256sum + start)": 0.5,
    "inspect / python -c pass": 10.0,
    "inspect, s": 0.15,
}
"""Of the commands of `encoderfile` on MiniLM; a start is that of Python with numpy."""


class Goal(NamedTuple):
    """A figure that is to be no more, or with `least` no less, than a number."""

    figure: str
    found: float
    goal: float
    least: bool = False

    @property
    def met(self) -> bool:
        return self.found >= self.goal if self.least else self.found <= self.goal


def goals(figures: dict[str, Any]) -> list[Goal]:
    """Those that were measured."""
    found = []
    for threads, works in figures.get("speed", {}).items():
        for work, engines in works.items():
            goal = SPEED[threads].get(work)
            for peer, row in engines.items():
                limit = goal if peer == "onnxruntime" else PEERS.get(peer)
                if limit:
                    found.append(Goal(f"{threads}, {work}, / {peer}", row["ours / it"], limit))
    for kind, values in figures.get("tokenizer", {}).items():
        found.append(Goal(f"tokenizer, {kind}, / Rust library", values["ours / Rust library"], TOKENIZER, least=True))
    memory = figures.get("memory", {})
    found += [
        Goal(f"memory, {name}", value, MEMORY) for name, value in memory.items() if name.endswith("peak / touched")
    ]
    found += [
        Goal(f"cold start, {name}", value, COLD_START)
        for name, value in figures.get("cold start", {}).items()
        if name.endswith("- import numpy, ms")
    ]
    return found


def command_goals(figures: dict[str, float]) -> list[Goal]:
    """Those of the commands of `encoderfile`, from the figures of one model."""
    return [Goal(name, figures[name], limit) for name, limit in COMMANDS.items()]
