"""`infer` over a stream of texts, batch by batch; results are written in the order of the texts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import formats, npy, output
from .feed import Feed, good
from .options import open_model, threads
from .progress import Progress
from .records import source

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.model import Model
    from encoderfile_runtime.tokenizer import Encoding

    from .feed import Item


def infer(container: Container, options: Namespace, kind: str) -> int:
    """Write the results in the format `kind`; return the exit code, 1 if texts were skipped."""
    if kind == "npy":
        npy.refuse_terminal(options.output)
    model = open_model(container, options)
    width = _width(model, options) if kind == "npy" else 0

    def tokenize(texts: Sequence[Any]) -> list[Encoding]:
        return model.tokenize(texts, prompt=options.prompt, bare=not model.makes_tokens)

    progress = Progress(shown=options.output is not None or not sys.stdout.isatty())
    with output.opened(options.output, binary=kind == "npy") as out:
        found = source(options, options.texts)
        count = threads(options, found.total)
        feed = Feed(found.records, tokenize, options, lines=found.lines, progress=progress)
        if kind == "npy":
            _write_vectors(model, feed, options, npy.Writer(out, width), count)
        else:
            _write_results(model, feed, options, formats.writer(kind, out, model), count)
    return 1 if feed.skipped else 0


def _width(model: Model, options: Namespace) -> int:
    """Numbers in a row: the header comes before the first text is read, so a model is asked with a text of ours."""
    return int(model.vectors(model.tokenize(["a"]), dimensions=options.dimensions).shape[1])


def _write_results(model: Model, feed: Feed, options: Namespace, writer: formats.Writer, count: int) -> None:
    for batch in feed.batches():
        writer.write(batch, iter(_results(model, good(batch), options, count)))
    writer.finish()


def _results(model: Model, items: list[Item], options: Namespace, count: int) -> list[dict[str, Any]]:
    if not items:
        return []
    results: list[dict[str, Any]] = model.run(
        [item.encoding for item in items],
        [item.record.text for item in items],
        offsets=options.offsets,
        dimensions=options.dimensions,
        threads=count,
    )["results"]
    return results


def _write_vectors(model: Model, feed: Feed, options: Namespace, writer: npy.Writer, count: int) -> None:
    try:
        for batch in feed.batches():
            encodings = [item.encoding for item in good(batch)]
            if encodings:
                writer.write(model.vectors(encodings, dimensions=options.dimensions, threads=count))
    finally:  # after an error too, the file is a valid .npy with the rows written so far
        writer.finish()
