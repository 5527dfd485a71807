"""Engines in processes of their own, warm and waiting, that take turns at the same work."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from engines import ENGINES, OURS
from measure import environment

if TYPE_CHECKING:
    from prepare import Prepared

REPEATED = 0.4  # seconds in which a short piece of work is repeated
_TICKS = os.sysconf("SC_CLK_TCK")
_FOREIGN = 0.06  # share of the machine that others may use in a turn
_VERSIONS = """
import importlib.util, json, sys
from importlib.metadata import version
names = sys.argv[1].split(",")
print(json.dumps({name: version(name.replace("_", "-")) for name in names if importlib.util.find_spec(name)}))
"""


class Engine:
    """An engine's process."""

    def __init__(self, name: str, python: str, threads: int, prepared: Prepared) -> None:
        self.name = name
        env = environment() | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        env |= {"RAYON_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false"}
        env |= {"HF_HUB_OFFLINE": "1"}
        paths = map(str, (prepared.file, prepared.model, prepared.given))
        command = [python, str(Path(__file__).with_name("engines.py")), name, str(threads), *paths]
        self._errors = TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=env
        )
        self.works: list[str] = []

    def wait(self) -> None:
        """Until it is loaded; `works` is what it can do."""
        self.works = self._answer()

    def turn(self, work: str, attempts: int = 1) -> float:
        """The median seconds of a repetition; measured again, up to so many attempts, if something else used the machine."""
        taken = 0.0
        for attempt in range(attempts):
            time.sleep(0.05 + 0.3 * (attempt > 0))
            busy, own, started = _machine_seconds(), self._seconds(), time.perf_counter()
            taken = self._run(work)
            passed = time.perf_counter() - started
            foreign = (_machine_seconds() - busy) - (self._seconds() - own)
            if foreign / passed / (os.cpu_count() or 1) <= _FOREIGN:
                break
        return taken

    def stop(self) -> None:
        self._process.communicate()

    def _run(self, work: str) -> float:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        self._process.stdin.write(json.dumps({"workload": work, "seconds": REPEATED}) + "\n")
        self._process.stdin.flush()
        taken: list[float] = self._answer()
        return statistics.median(taken)

    def _answer(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            raise SystemExit(f"{self.name}: stopped with {code}\n{self._errors.read()[-2000:]}")
        return json.loads(line)

    def _seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def start(python: str, threads: int, prepared: Prepared, versions: dict[str, str]) -> list[Engine]:
    """The engines whose modules are there, loaded, ours first."""
    engines = [
        Engine(name, sys.executable if name == OURS else python, threads, prepared)
        for name, (_, modules) in ENGINES.items()
        if all(module in versions for module in modules)
        and ("onnxruntime" not in modules or (prepared.model / "int8.onnx").exists())
    ]
    for engine in engines:
        engine.wait()
    return engines


def versions(python: str) -> dict[str, str]:
    """The versions of the peers' modules that a Python has; says which are missing."""
    names = sorted({module for _, modules in ENGINES.values() for module in modules})
    command = [python, "-c", _VERSIONS, ",".join(names)]
    found: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    for name, (_, modules) in ENGINES.items():
        missing = [module for module in modules if module not in found]
        if missing:
            print(f"{name}: not measured, {python} lacks {', '.join(missing)}")
    return found


def _machine_seconds() -> float:
    """Processor time that was used since the start of the machine."""
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(values[i] for i in (0, 1, 2, 5, 6, 7)) / _TICKS
