"""One engine in one process, measured on request: `engines.py ENGINE THREADS FILE MODEL INPUT`.

It says what it can do; then it answers each line `{"workload": …, "seconds": …}` with the seconds that each repetition took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = "encoderfile"
BATCH = 32
IN_ORDER = 256  # sentences of the corpus that are taken as they come
Sequences = list[list[int]]


class Setup(NamedTuple):
    """What an engine is made of: its name, and where the encoderfile and the model's directory are."""

    engine: str
    threads: int
    file: str
    model: str


def by_length(sequences: Sequences) -> list[Sequences]:
    """Batches of sequences of similar lengths, as peers that pad like them."""
    ordered = sorted(sequences, key=len, reverse=True)
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def padded(batch: Sequences) -> tuple[Any, Any]:
    import numpy as np

    ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(batch):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask


class Numpy:
    """Ours."""

    def __init__(self, setup: Setup) -> None:
        from encoderfile_runtime.format.container import Container
        from encoderfile_runtime.loading import load

        self.threads = setup.threads
        self.model = load(Container(setup.file))

    def batch(self, batch: Sequences) -> Any:
        from encoderfile_runtime.tasks import pool

        return pool(self.model.encoder.forward(batch, threads=self.threads), "mean", normalize=True)

    def corpus(self, sequences: Sequences) -> None:
        self.batch(sequences)

    def texts(self, texts: list[str]) -> None:
        self.model.encode(texts, threads=self.threads)


class Onnx:
    """ONNX Runtime, float32 with the optimisations for transformers or int8."""

    def __init__(self, setup: Setup) -> None:
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = setup.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        name = "int8.onnx" if "int8" in setup.engine else "opt.onnx"
        self.session = ort.InferenceSession(f"{setup.model}/{name}", options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(f"{setup.model}/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)

    def batch(self, batch: Sequences) -> Any:
        import numpy as np

        ids, mask = padded(batch)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self.session.run(None, inputs)[0]
        pooled = np.einsum("blh,bl->bh", states, mask.astype(np.float32)) / mask.sum(1, keepdims=True)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def corpus(self, sequences: Sequences) -> None:
        for batch in by_length(sequences):
            self.batch(batch)

    def texts(self, texts: list[str]) -> None:
        self.corpus([encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)])


class Torch:
    """transformers, with its eager attention or torch's own (SDPA)."""

    def __init__(self, setup: Setup) -> None:
        import torch
        import transformers

        torch.set_num_threads(setup.threads)
        transformers.logging.set_verbosity_error()
        kind = setup.engine.rpartition(" ")[2]
        loaded = transformers.BertModel.from_pretrained(setup.model, attn_implementation=kind, add_pooling_layer=False)
        self.model = loaded.eval()

    def batch(self, batch: Sequences) -> Any:
        import torch

        ids, mask = map(torch.from_numpy, padded(batch))
        with torch.inference_mode():
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            return torch.nn.functional.normalize(pooled, dim=1).numpy()

    def corpus(self, sequences: Sequences) -> None:
        for batch in by_length(sequences):
            self.batch(batch)


class SentenceTransformers:
    """sentence-transformers, from texts."""

    def __init__(self, setup: Setup) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(setup.threads)
        self.model = SentenceTransformer(setup.model, device="cpu")

    def texts(self, texts: list[str]) -> None:
        self.model.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)


ENGINES: dict[str, tuple[Any, tuple[str, ...]]] = {
    OURS: (Numpy, ()),
    "onnxruntime": (Onnx, ("onnxruntime", "tokenizers")),
    "onnxruntime int8": (Onnx, ("onnxruntime", "tokenizers")),
    "torch eager": (Torch, ("torch", "transformers")),
    "torch sdpa": (Torch, ("torch", "transformers")),
    "sentence-transformers": (SentenceTransformers, ("sentence_transformers",)),
}
"""Engines with the modules that they need."""


def workloads(engine: Any, given: dict[str, Any]) -> dict[str, Callable[[int], object]]:
    """What an engine can do, by name; each takes the number of the repetition."""
    ids: Sequences = given["ids"]
    short = [sequence for sequence in ids if len(sequence) == 16]
    long = given["long"]
    found: dict[str, Callable[[int], object]] = {}
    if hasattr(engine, "batch"):
        found["1 x 16 tokens"] = lambda turn: engine.batch([short[turn % len(short)]])
        found["1 x 128 tokens"] = lambda turn: engine.batch([long[turn % len(long)]])
        found["1,000 sentences"] = lambda _: engine.corpus(ids)
        batches = [ids[start : start + BATCH] for start in range(0, min(IN_ORDER, len(ids)), BATCH)]
        found["32 at a time"] = lambda _: [engine.batch(batch) for batch in batches]
    if hasattr(engine, "texts"):
        found["1 text"] = lambda turn: engine.texts([given["short texts"][turn % len(given["short texts"])]])
        found["1,000 texts"] = lambda _: engine.texts(given["texts"])
    return found


def main() -> None:
    name, threads, file, model, path = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", 1)
    os.dup2(2, 1)  # libraries may print
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - as little as possible before the engine loads
        given = json.load(stream)
    known = workloads(ENGINES[name][0](Setup(name, int(threads), file, model)), given)
    print(json.dumps([*known]), file=answers)
    turn = 0
    for line in sys.stdin:
        request = json.loads(line)
        taken: list[float] = []
        end = time.perf_counter() + request["seconds"]
        while not taken or time.perf_counter() < end:
            turn += 1
            started = time.perf_counter()
            known[request["workload"]](turn)
            taken.append(time.perf_counter() - started)
        print(json.dumps(taken), file=answers)


if __name__ == "__main__":
    main()
