"""What processes hold in memory: one against what it has to touch, and eight on one file against eight times one.

`memory.py FILE TEXTS` is such a process: it embeds texts, then waits until its standard input is closed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from measure import environment, run

if TYPE_CHECKING:
    from prepare import Prepared

    Ids = list[list[int]]

PROCESSES = 8
TEXTS = 64  # that each of them embeds
_LIMIT = 256  # tokens of a text; texts that are cut would be noted
_WINDOW = 65536  # bytes: what Linux maps when a page of a file is touched, fault_around_bytes
_BATCH, _PACK = 256, 512  # texts that `infer` holds at once, and tokens that go through the layers together


def figures(prepared: Prepared) -> dict[str, float]:
    """In MB, and the ratios."""
    given = json.loads(prepared.given.read_text())
    texts = {text: ids for text, ids in zip(given["texts"], given["ids"], strict=True) if len(ids) < _LIMIT}
    return _one(prepared, texts) | _several(prepared.file, [*texts][:TEXTS])


def _one(prepared: Prepared, texts: dict[str, list[int]]) -> dict[str, float]:
    """Peaks of `infer`, over one text and over all as lines, and what it had to touch: numpy, weights, activations.

    Numpy is what a Python holds that imported it. Of the weights a text needs all but the embeddings of other tokens. The
    activations are those of two packs, one a thread: stream, queries, keys, values, context and the inner layer, 9 hidden
    numbers a token, and the hidden states of a batch.
    """
    lines, out = prepared.folder / "lines.txt", prepared.folder / "vectors.npy"
    lines.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    file, first = str(prepared.file), next(text for text, ids in texts.items() if len(ids) == 16)
    hidden = 4 * int(json.loads((prepared.model / "config.json").read_text())["hidden_size"])  # bytes
    ids = [*texts.values()]
    states = max(sum(map(len, ids[start : start + _BATCH])) for start in range(0, len(ids), _BATCH)) * hidden
    numpy = _peak([sys.executable, "-c", "import numpy"])
    found = {"import numpy, MB": numpy / 1e6}
    cases = {
        "one text": (["infer", first], [texts[first]], 10 * 16 * hidden),
        "1,000 lines": (
            ["infer", "-i", str(lines), "-o", str(out), "--threads", "2"],
            ids,
            states + 2 * _PACK * 9 * hidden,
        ),
    }
    for name, (arguments, sequences, activations) in cases.items():
        peak, touched = _peak([file, *arguments]), numpy + _weights(prepared, sequences) + activations
        found |= {
            f"{name}, peak MB": peak / 1e6,
            f"{name}, touched MB": touched / 1e6,
            f"{name}, peak / touched": peak / touched,
        }
    return _rounded(found)


def _peak(command: list[str]) -> float:
    return statistics.median(run(command).peak_bytes for _ in range(3))


def _weights(prepared: Prepared, sequences: Ids) -> int:
    """Bytes of the weights that these token ids need."""
    with (prepared.model / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    total = 0
    for name, facts in header.items():
        if name == "__metadata__" or "pooler" in name or "position_ids" in name:
            continue
        start, stop = facts["data_offsets"]
        if "word_embeddings" in name:
            row = (stop - start) // facts["shape"][0]
            total += _WINDOW * len({number * row // _WINDOW for sequence in sequences for number in sequence})
        else:
            total += stop - start
    return total


def _several(file: Path, texts: list[str]) -> dict[str, float]:
    """Proportional set sizes: a page that n processes map counts 1/n in each."""
    [alone] = _proportional(file, texts, 1)
    together = _proportional(file, texts, PROCESSES)
    return _rounded(
        {
            "one process, PSS MB": alone / 1e6,
            f"{PROCESSES} processes, PSS MB each": statistics.median(together) / 1e6,
            f"{PROCESSES} processes, PSS MB in all": sum(together) / 1e6,
            f"{PROCESSES} processes / {PROCESSES} times one": sum(together) / (PROCESSES * alone),
        }
    )


def _proportional(file: Path, texts: list[str], count: int) -> list[int]:
    command = [sys.executable, __file__, str(file), json.dumps(texts)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        for _ in range(count)
    ]
    for worker in workers:
        assert worker.stdout is not None  # noqa: S101 - a pipe
        worker.stdout.readline()
    found = [_pss(worker.pid) for worker in workers]
    for worker in workers:
        worker.communicate()
    return found


def _pss(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1 if "MB" in name else 3) for name, value in values.items()}


def _work(file: str, texts: str) -> None:
    from encoderfile_runtime import load

    model = load(file)
    model.encode(json.loads(texts))
    print("done", flush=True)
    sys.stdin.read()
    del model  # until here its weights are mapped


if __name__ == "__main__":
    _work(*sys.argv[1:])
