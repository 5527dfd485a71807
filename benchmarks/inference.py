"""Inference of MiniLM side by side with ONNX Runtime, torch and sentence-transformers, which live in a Python of their own.

    python benchmarks/inference.py --peers PYTHON [--threads 1,2] [--rounds 9] [--engines numpy,onnxruntime]

PYTHON has torch, transformers, sentence-transformers, onnx and onnxruntime. All engines are warm and take turns; a figure is the
median over rounds of the ratio to ONNX Runtime's time in the same round. Rounds in which something else used the machine are
done again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inference_worker import ENGINES
from measure import environment, save
from models import declare, minilm
from texts import sentences

HERE = Path(__file__).parent
REFERENCE = "onnxruntime"
SHORT = ("1 x 16 tokens", "1 x 128 tokens", "1 text")
WORKLOADS = ("1 x 16 tokens", "1 x 128 tokens", "1000 sentences", "batches of 32 as they come", "1 text", "1000 texts")
_TICKS = os.sysconf("SC_CLK_TCK")
_FOREIGN = 0.06  # share of the machine that others may use in a round


class Worker:
    """An engine's process."""

    def __init__(self, python: str, engine: str, threads: int, paths: list[str]) -> None:
        env = environment() | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        env |= {"RAYON_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false"}
        env |= {"HF_HUB_OFFLINE": "1"}
        command = [python, str(HERE / "inference_worker.py"), engine, str(threads), *paths]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
        )
        self.known: list[str] = self._answer()

    def run(self, workload: str, seconds: float) -> float:
        """The median of a repetition."""
        assert self.process.stdin is not None  # noqa: S101 - a pipe
        self.process.stdin.write(json.dumps({"workload": workload, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        taken: list[float] = self._answer()
        return statistics.median(taken)

    def undisturbed(self, workload: str, seconds: float, attempts: int) -> float:
        """As `run`, again until nothing else used the machine meanwhile."""
        taken = 0.0
        for attempt in range(attempts):
            time.sleep(0.05 + 0.3 * (attempt > 0))
            busy, own, started = machine_seconds(), self._seconds(), time.perf_counter()
            taken = self.run(workload, seconds)
            passed = time.perf_counter() - started
            foreign = (machine_seconds() - busy) - (self._seconds() - own)
            if foreign / passed / (os.cpu_count() or 1) <= _FOREIGN:
                break
        return taken

    def stop(self) -> None:
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout is not None  # noqa: S101 - a pipe
        return json.loads(self.process.stdout.readline())

    def _seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def machine_seconds() -> float:
    """Processor time that was used since the start of the machine."""
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(values[i] for i in (0, 1, 2, 5, 6, 7)) / _TICKS


def prepare(folder: Path, peers: str) -> list[str]:
    """The encoderfile, the model for the peers, and the input."""
    from encoderfile_runtime.container import Container
    from encoderfile_runtime.loading import load

    file, model = folder / "bench.encoderfile", folder / "model"
    encoderfile = str(Path(sys.executable).with_name("encoderfile"))
    subprocess.run(
        [encoderfile, "build", "-f", str(declare(folder / "repo", minilm())), "-o", str(file)],
        check=True,
        env=environment(),
    )
    shutil.copytree(minilm(), model)
    subprocess.run([peers, str(HERE / "export_onnx.py"), str(model)], check=True, env=environment())
    texts = sentences()
    tokenizer = load(Container(str(file))).tokenizer
    ids = [tokenizer.encode(text).ids for text in texts]
    joined = [token for sequence in ids for token in sequence[1:-1]]
    long = [[ids[0][0], *joined[start : start + 126], ids[0][-1]] for start in range(0, 1260, 126)]
    short = [text for text, sequence in zip(texts, ids, strict=True) if len(sequence) == 16]
    given = {"ids": ids, "long": long, "texts": texts, "short texts": short}
    (folder / "input.json").write_text(json.dumps(given))
    return [str(file), str(model), str(folder / "input.json")]


def measure(workers: dict[str, Worker], workload: str, rounds: int, attempts: int) -> dict[str, dict[str, float]]:
    """Median seconds of each engine, and median ratio to the reference."""
    seconds = 0.4 if workload in SHORT else 0.01
    able = [name for name, worker in workers.items() if workload in worker.known]
    for name in able:
        workers[name].run(workload, seconds)
    taken: dict[str, list[float]] = {name: [] for name in able}
    for turn in range(rounds):
        for name in able[turn % len(able) :] + able[: turn % len(able)]:
            taken[name].append(workers[name].undisturbed(workload, seconds, attempts))
    found = {}
    for name in able:
        found[name] = {"ms": round(statistics.median(taken[name]) * 1e3, 3)}
        if REFERENCE in able:
            ratios = [own / other for own, other in zip(taken[name], taken[REFERENCE], strict=True)]
            found[name]["time / onnxruntime"] = round(statistics.median(ratios), 3)
        ours = [own / other for own, other in zip(taken[able[0]], taken[name], strict=True)]
        found[name]["numpy / time"] = round(statistics.median(ours), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--attempts", type=int, default=5, help="at a round in which nothing else used the machine")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--keep", type=Path, help="a folder for what is prepared, used again if it is there")
    options = parser.parse_args()
    figures: dict[str, object] = {"BLAS kernel": _kernel()}
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        paths = [str(folder / part) for part in ("bench.encoderfile", "model", "input.json")]
        if not Path(paths[-1]).exists():
            folder.mkdir(parents=True, exist_ok=True)
            paths = prepare(folder, options.peers)
        for threads in map(int, options.threads.split(",")):
            workers = {
                engine: Worker(sys.executable if engine == "numpy" else options.peers, engine, threads, paths)
                for engine in options.engines.split(",")
            }
            for workload in options.workloads.split(","):
                found = measure(workers, workload, options.rounds, options.attempts)
                figures[f"{threads} thread{'s' * (threads > 1)}, {workload}"] = found
                for engine, values in found.items():
                    print(
                        f"{threads} x {workload:<27} {engine:<22}",
                        *(f"{k} {v:<9}" for k, v in values.items()),
                        flush=True,
                    )
            for worker in workers.values():
                worker.stop()
    if options.engines == ",".join(ENGINES) and options.workloads == ",".join(WORKLOADS):
        save("inference", figures)


def _kernel() -> str:
    command = [sys.executable, "-c", "from encoderfile_runtime.encoder import blas; print(blas.core_name())"]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout.strip()


if __name__ == "__main__":
    main()
