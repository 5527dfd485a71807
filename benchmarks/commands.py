"""The file's own commands as a user runs them: a first embedding, a search, and a stream."""

from __future__ import annotations

import statistics
import sys
from itertools import chain, cycle, islice
from typing import TYPE_CHECKING

from measure import Measurement, interleaved, run
from prepare import SEARCHED
from texts import lines_of, reference

if TYPE_CHECKING:
    from pathlib import Path

    from prepare import Prepared

QUERY = "how do I close a file when an exception is raised"
_TEXT = "A first embedding from a cold process."


def cold_start(file: Path, standalone: Path | None, rounds: int) -> dict[str, float]:
    """Milliseconds from nothing to an embedding that is printed, against a Python that imports numpy and stops."""
    commands = {"import numpy": [[sys.executable, "-c", "import numpy"]], "portable": [[str(file), "infer", _TEXT]]}
    if standalone:
        commands["standalone"] = [[str(standalone), "infer", _TEXT]]
    taken = {name: item.seconds * 1e3 for name, item in interleaved(commands, rounds).items()}
    found = {f"{name}, ms": round(value, 1) for name, value in taken.items()}
    for name in list(taken)[1:]:
        found[f"{name} - import numpy, ms"] = round(taken[name] - taken["import numpy"], 1)
    return found


def search(prepared: Prepared) -> dict[str, float]:
    """One query over the lines of files."""
    command = [str(prepared.file), "search", QUERY, *map(str, prepared.searched)]
    taken = [run(command) for _ in range(2)]
    return {"lines": SEARCHED, **_rates(SEARCHED, taken)}


def stream(file: Path, folder: Path, count: int) -> dict[str, dict[str, float]]:
    """`infer` over a file of so many lines, and over a tenth of them, to vectors and to JSON Lines."""
    texts = [*chain.from_iterable(map(lines_of, reference().values()))]
    found = {}
    for kind in ("npy", "jsonl"):
        for lines in (count // 10, count):
            source, out = folder / "stream.txt", folder / f"stream.{kind}"
            with source.open("w", encoding="utf-8") as file_:
                file_.writelines(f"{text}\n" for text in islice(cycle(texts), lines))
            taken = run([str(file), "infer", "-i", str(source), "-o", str(out), "--truncate", "end"])
            found[f"{kind}, {lines:,} lines"] = _rates(lines, [taken])
    return found


def _rates(lines: int, taken: list[Measurement]) -> dict[str, float]:
    seconds = statistics.median(item.seconds for item in taken)
    peak = max(item.peak_bytes for item in taken)
    return {"s": round(seconds, 2), "lines/s": round(lines / seconds), "peak MB": round(peak / 1e6, 1)}
