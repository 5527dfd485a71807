"""The figures of inference for MiniLM: speed beside other engines, tokenizer, memory, first embedding, search.

    python benchmarks/inference.py --peers PYTHON [--standalone FILE] [--only SECTION,…] [--stream LINES]

PYTHON has onnxruntime, onnx, torch, transformers and sentence-transformers; what it lacks is not measured, and said. All of it
takes about 12 minutes on two cores. A whole run with all peers writes results/inference.json, which plot.py draws.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import commands
import memory
import plot
import speed
import tokenizing
from engines import ENGINES
from goals import goals
from measure import environment, save
from peers import versions
from prepare import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

_KERNEL = "import numpy; from encoderfile_runtime.encoder import blas; print(blas.core_name(), numpy.__version__)"
_SECTIONS = ("cold start", "memory", "search", "tokenizer", "speed")


def sections(options: argparse.Namespace, prepared: Prepared, found: dict[str, str]) -> dict[str, Callable[[], object]]:
    """The sections that are to be measured, those first that large processes beside them would disturb."""
    limits = speed.Limits(options.budget, options.attempts)
    known: dict[str, Callable[[], object]] = {
        "cold start": partial(commands.cold_start, prepared.file, options.standalone, options.starts),
        "memory": partial(memory.figures, prepared),
        "search": partial(commands.search, prepared),
        "tokenizer": partial(tokenizing.figures, prepared.model),
        "speed": lambda: {
            f"{threads} thread{'s' * (threads > 1)}": speed.figures(prepared, options.peers, found, threads, limits)
            for threads in (1, 2)
        },
    }
    return {name: known[name] for name in options.only}


def main() -> None:
    options = _options()
    found = versions(options.peers)
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        prepared = prepare(options.keep or Path(name), options.peers)
        if options.stream:
            print(json.dumps(commands.stream(prepared.file, prepared.folder, options.stream), indent=2))
            return
        for section, measure in sections(options, prepared, found).items():
            figures[section] = measure()
            if section != "speed":
                print(section, json.dumps(figures[section], indent=2), flush=True)
    reached = goals(figures)
    for item in reached:
        print(
            f"{'met ' if item.met else 'MISSED':<7}{item.figure:<55}{item.found:<8} {'≥' if item.least else '≤'} {item.goal}"
        )
    if tuple(options.only) == _SECTIONS and all(
        module in found for _, modules in ENGINES.values() for module in modules
    ):
        figures["goals"] = [item._asdict() | {"met": item.met} for item in reached]
        kernel, numpy = subprocess.run(
            [sys.executable, "-c", _KERNEL], check=True, capture_output=True, text=True, env=environment()
        ).stdout.split(" ")
        save("inference", figures, **{"BLAS kernel": kernel}, versions=found | {"numpy": numpy.strip()})
        plot.main()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument(
        "--standalone", type=Path, metavar="FILE", help="MiniLM on a standalone base, for the cold start"
    )
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[*_SECTIONS],
        metavar="SECTION,…",
        help=", ".join(_SECTIONS),
    )
    parser.add_argument(
        "--budget", type=float, default=16, metavar="SECONDS", help="of an engine for a work (default: 16)"
    )
    parser.add_argument(
        "--attempts", type=int, default=2, metavar="N", help="at a turn that nothing else disturbs (default: 2)"
    )
    parser.add_argument(
        "--starts", type=int, default=25, metavar="N", help="of each process for the cold start (default: 25)"
    )
    parser.add_argument("--stream", type=int, default=0, metavar="LINES", help="measure only a stream of so many lines")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what is prepared, and use it if it is there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
