"""Measure this model's speed on this machine: loading, one text, a corpus; medians of repeated runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.cli.options import add_model_options, open_model, positive, threads
from encoderfile_runtime.cli.screen import print_json, say
from encoderfile_runtime.escaping import shown

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.model import Model

_SENTENCES = (
    "The harbour was quiet.",
    "She read the letter twice before she put it away.",
    "A transformer turns a sequence of tokens into a sequence of vectors of the same length.",
    "It rained.",
    "In 1931 the bridge was the longest of its kind, and people came from far away to walk across it on Sundays.",
    "Heat the oil, add the onions and stir until they are soft.",
    "The committee has not decided yet whether the road will be closed to traffic during the winter months.",
    "Nobody knew why the lights had gone out in only one half of the town.",
)
_CORPUS = 256  # texts
_LENGTHS = (16, 128)  # tokens of one text


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add_model_options(parser)
    parser.add_argument(
        "--seconds", type=positive, default=1, metavar="N", help="how long each figure is measured (default: 1)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(container: Container, options: Namespace) -> int:
    """Print the figures; return the exit code."""
    start = time.perf_counter()
    model = open_model(container, options)
    loading = time.perf_counter() - start
    figures = _machine(model) | {"load_ms": round(loading * 1e3, 1)} | _figures(model, options)
    if options.json:
        print_json(figures)
    else:
        for name, value in figures.items():
            say(
                f"{name.replace('_', ' '):<32} {shown(f'{value:,}' if isinstance(value, (int, float)) else str(value))}"
            )
    return 0


def _machine(model: Model) -> dict[str, Any]:
    import platform

    import numpy as np

    from encoderfile_runtime.encoder.blas import core_name

    return {
        "model": model.name,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas_kernels": core_name() or "unknown",
    }


def _figures(model: Model, options: Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    passage = " ".join(_SENTENCES * 8)
    ids = model.tokenizer.encode_ids(passage)[0]
    corpus = [_SENTENCES[index % len(_SENTENCES)] + f" {index}" for index in range(_CORPUS)]
    tokens = sum(len(item.ids) for item in model.tokenize(corpus))
    for length in _LENGTHS:
        if length <= len(ids):
            seconds = _median(lambda n=length: model.encoder.forward([ids[:n]]), options.seconds)  # type: ignore[misc]
            found[f"one_text_of_{length}_tokens_ms"] = round(seconds * 1e3, 2)
    for count in sorted({1, threads(options)}):
        seconds = _median(lambda n=count: _all(model, corpus, n), options.seconds)  # type: ignore[misc]
        name = f"{count}_thread{'s' if count > 1 else ''}"
        found[f"texts_per_second_{name}"] = round(_CORPUS / seconds)
        found[f"tokens_per_second_{name}"] = round(tokens / seconds)
    return found


def _all(model: Model, corpus: list[str], count: int) -> None:
    encodings = model.tokenize(corpus, bare=True)
    model.encoder.forward([item.ids for item in encodings], threads=count)


def _median(call: Callable[[], object], seconds: float) -> float:
    """The median duration of a call in seconds, over at least three calls."""
    call()  # not timed: it fills caches
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]
