"""`infer` over a stream: batches in, results out in the order of the texts."""

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

    from encoderfile_runtime.container import Container
    from encoderfile_runtime.model import Model
    from encoderfile_runtime.tokenizer import Encoding

    from .feed import Item


def infer(container: Container, options: Namespace, kind: str) -> int:
    """Write the results in a format; the exit code: 1 where texts were skipped."""
    found = source(options, options.texts)
    if kind == "npy":
        npy.refuse_terminal(options.output)
    model = open_model(container, options)
    count = threads(options, found.count)

    def tokenize(texts: Sequence[Any]) -> list[Encoding]:
        return model.tokenize(texts, prompt=options.prompt, bare=not model.makes_tokens)

    shown = options.output is not None or not sys.stdout.isatty()
    feed = Feed(found.records, tokenize, options, lines=found.lines, progress=Progress(shown=shown))
    with output.opened(options.output, binary=kind == "npy") as out:
        if kind == "npy":
            _write_vectors(model, feed, options, out, count)
        else:
            writer = formats.writer(kind, out, model)
            for batch in feed.batches():
                writer.write(batch, iter(_results(model, good(batch), options, count)))
                out.flush()
            writer.finish()
    return 1 if feed.skipped else 0


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


def _write_vectors(model: Model, feed: Feed, options: Namespace, out: Any, count: int) -> None:
    width = model.vectors(model.tokenize(["a"]), dimensions=options.dimensions).shape[1]
    with npy.Writer(out, width) as writer:
        for batch in feed.batches():
            encodings = [item.encoding for item in good(batch)]
            if encodings:
                writer.write(model.vectors(encodings, dimensions=options.dimensions, threads=count))
