"""Run commands side by side and compare medians: wall time, and peak memory as the system counts it."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


class Measurement(NamedTuple):
    """Medians of one command over all rounds."""

    seconds: float
    peak_bytes: int


def environment() -> dict[str, str]:
    """This environment with one BLAS thread and no settings that would choose a kernel."""
    forced = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if key not in forced}
    return kept | {"OPENBLAS_NUM_THREADS": "1"}


def run(command: list[str]) -> Measurement:
    """Run a command once."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measurement(seconds, usage.ru_maxrss * 1024)


def interleaved(commands: dict[str, list[list[str]]], rounds: int = 7) -> dict[str, Measurement]:
    """Each entry's commands, one after the other, in every round; the first round only warms the caches."""
    taken: dict[str, list[Measurement]] = {name: [] for name in commands}
    for round_number in range(rounds + 1):
        for name, steps in commands.items():
            done = [run(step) for step in steps]
            if round_number:
                total = Measurement(sum(item.seconds for item in done), max(item.peak_bytes for item in done))
                taken[name].append(total)
    return {
        name: Measurement(
            statistics.median(item.seconds for item in items), int(statistics.median(item.peak_bytes for item in items))
        )
        for name, items in taken.items()
    }


def save(name: str, figures: dict[str, object]) -> None:
    """Write figures with what they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    text = json.dumps({"machine": machine, "figures": figures}, indent=2, sort_keys=True)
    (RESULTS / f"{name}.json").write_text(text + "\n")
