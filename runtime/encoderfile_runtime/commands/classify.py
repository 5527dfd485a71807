"""Classify texts, or find the entities in them: arguments, lines of a file (-i) or of standard input.

Scores are probabilities; `infer` gives the logits. Printed is one line a text, or one line an entity.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.cli.feed import Feed, good
from encoderfile_runtime.cli.options import add_model_options, add_text_options, open_model, positive, threads
from encoderfile_runtime.cli.progress import Progress
from encoderfile_runtime.cli.records import source
from encoderfile_runtime.cli.screen import print_json, say
from encoderfile_runtime.escaping import shown
from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.cli.feed import Item
    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.model import Model

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add_text_options(parser)
    add_model_options(parser)
    parser.add_argument(
        "-k", "--top", type=positive, metavar="N", help="only the best classes of a text (default: all)"
    )
    parser.add_argument(
        "--aggregation",
        choices=("none", "simple", "first", "average", "max"),
        default="simple",
        help="how tokens become entities, as in transformers (default: simple)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, a line a text")


def run(container: Container, options: Namespace) -> int:
    """Print the classes or entities; return the exit code, 1 if texts were skipped."""
    model = open_model(container, options, *_CLASSIFIERS)
    found = source(options, options.texts)
    feed = Feed(
        found.records,
        lambda texts: model.tokenize(texts, bare=not model.makes_tokens),
        options,
        lines=found.lines,
        progress=Progress(shown=not sys.stdout.isatty()),
    )
    for batch in feed.batches():
        results = iter(_results(model, good(batch), options, threads(options, found.total)))
        for item in batch:
            row = {"error": f"{item.record.place}: {item.fault}"} if item.fault else next(results)
            _show(item, row, as_json=options.json)
        sys.stdout.flush()
    return 1 if feed.skipped else 0


def _results(model: Model, items: list[Item], options: Namespace, count: int) -> list[dict[str, Any]]:
    encodings = [item.encoding for item in items]
    if not items:
        return []
    if model.makes_tokens:
        texts = [item.record.text for item in items]
        found = model.entities_of(encodings, texts, aggregation=options.aggregation, threads=count)
        return [{"entities": [_rounded(entity) for entity in entities]} for entities in found]
    labels = model.labels_of(encodings, threads=count)
    return [{"labels": [_rounded(label) for label in row[: options.top]]} for row in labels]


def _rounded(found: Any) -> dict[str, Any]:
    row: dict[str, Any] = found._asdict()
    return row | {"score": round(found.score, 6)}


def _show(item: Item, row: dict[str, Any], *, as_json: bool) -> None:
    number = item.record.number
    if as_json:
        cut = {"cut": item.encoding.cut} if not item.fault and item.encoding.cut else {}
        print_json((item.record.extra or {}) | row | cut, indent=None)
        return
    if "labels" in row:
        say(f"{number}\t" + "\t".join(f"{shown(label['label'])} {label['score']:.4f}" for label in row["labels"]))
    for entity in row.get("entities", ()):
        place = f"{entity['start']}-{entity['end']}"
        say(f"{number}\t{place}\t{shown(entity['label'])} {entity['score']:.4f}\t{shown(entity['text'])}")
