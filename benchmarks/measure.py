"""Run commands side by side and compare medians: wall time, and peak memory as the system counts it."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


class Measurement(NamedTuple):
    """Medians of one command over all rounds."""

    seconds: float
    peak_bytes: int


def environment() -> dict[str, str]:
    """This environment with one BLAS thread and no settings that would choose a kernel; files run on this Python."""
    forced = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if key not in forced}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "ENCODERFILE_PYTHON": sys.executable}


# A process starts with the peak of the one that started it, so a small one stands in between.
_STARTER = """
import os, sys, time
null = os.open(os.devnull, os.O_WRONLY)
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - started, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))
"""


def run(command: list[str]) -> Measurement:
    """Run a command once."""
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, *command]
    done = subprocess.run(starter, stdout=subprocess.PIPE, env=environment(), check=True)
    seconds, peak, code = done.stdout.split()
    if int(code):
        raise subprocess.CalledProcessError(int(code), command)
    return Measurement(float(seconds), int(peak))


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


def save(name: str, figures: dict[str, object], **more: object) -> None:
    """Write figures with what they were measured on, and `more` about that."""
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count(), **more}
    text = json.dumps({"machine": machine, "figures": figures}, indent=2, sort_keys=True)
    (RESULTS / f"{name}.json").write_text(text + "\n")
