"""Build, verify, inspect and first embedding, against cp, sha256sum and the bare start of Python, alone and with numpy."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from goals import command_goals
from measure import Measurement, interleaved, save
from models import declare, minilm, random_bert

TEXT = "A first embedding from a cold process."


def forward_pass(file: Path) -> float:
    """Median seconds of one embedding in a process that is warm."""
    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.loading import load

    model = load(Container(str(file)))
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        model.embed([TEXT])
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def figures(folder: Path, model: Path, rounds: int) -> dict[str, float]:
    """The figures of one model."""
    encoderfile = str(Path(sys.executable).with_name("encoderfile"))
    spec, file = declare(folder / "repo", model), folder / "bench.encoderfile"
    weights, copy = model / "model.safetensors", folder / "copy"
    build = [encoderfile, "build", "-f", str(spec), "-o", str(file), "--allow-outside", str(model)]
    start = [sys.executable, "-c", "import numpy"]
    interleaved({"build": [build]}, rounds=1)
    taken = interleaved(
        {
            "python -c pass": [[sys.executable, "-c", "pass"]],
            "start": [start],
            "copy and hash": [["cp", str(weights), str(copy)], ["sha256sum", str(copy)]],
            "build": [build],
            "hash": [["sha256sum", str(file)]],
            "verify": [[encoderfile, "verify", str(file)]],
            "verify itself": [[str(file), "verify"]],
            "inspect": [[encoderfile, "inspect", str(file)]],
            "first embedding": [[str(file), "infer", TEXT]],
        },
        rounds,
    )
    forward = forward_pass(file)
    return _ratios(taken, forward) | {"file bytes": file.stat().st_size}


def _ratios(taken: dict[str, Measurement], forward: float) -> dict[str, float]:
    seconds = {f"{name}, s": round(item.seconds, 4) for name, item in taken.items()}
    peaks = {f"{name}, peak MB": round(item.peak_bytes / 1e6, 1) for name, item in taken.items()}
    start = taken["start"].seconds
    ratios = {
        "build / (cp + sha256sum + start)": taken["build"].seconds / (taken["copy and hash"].seconds + start),
        "verify / (sha256sum + start)": taken["verify"].seconds / (taken["hash"].seconds + start),
        "verify itself / (sha256sum + start)": taken["verify itself"].seconds / (taken["hash"].seconds + start),
        "inspect / python -c pass": taken["inspect"].seconds / taken["python -c pass"].seconds,
        "first embedding / (start + forward)": taken["first embedding"].seconds / (start + forward),
    }
    return {"forward pass, s": round(forward, 4)} | seconds | peaks | {k: round(v, 3) for k, v in ratios.items()}


def main() -> None:
    """Measure MiniLM and a model of 1 GB, print and save."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {
            "MiniLM": figures(folder / "minilm", minilm(), rounds=9),
            "random BERT of 1 GB": figures(folder / "large", random_bert(folder / "model", 18, 1024), rounds=3),
        }
    for model, items in found.items():
        print(model)
        for key, value in items.items():
            print(f"  {key:<40} {value}")
    reached = command_goals(found["MiniLM"])
    for goal in reached:
        print(f"{'met' if goal.met else 'MISSED':<8} {goal.figure:<36} {goal.found} (at most {goal.goal})")
    goals = [goal._asdict() | {"met": goal.met} for goal in reached]
    save("build_and_verify", {**found, "goals": goals}, load=round(os.getloadavg()[0], 1))


if __name__ == "__main__":
    main()
