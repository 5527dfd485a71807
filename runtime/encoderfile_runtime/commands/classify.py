"""Classify texts, or find the entities in them: arguments, lines of a file (-i) or of standard input.

Scores are probabilities; `infer` gives the logits. Printed is one line a text, or one line an entity. With --labels, a model of natural
language inference tells how well labels of your own fit.
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
    from encoderfile_runtime.tasks.zero_shot import ZeroShot

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
    parser.add_argument(
        "--labels", metavar="A,B,…", help="labels of your own, for a model of natural language inference"
    )
    parser.add_argument(
        "--template",
        metavar="TEXT",
        help='what says that a label fits, in place of {} (default: "This example is {}.")',
    )
    parser.add_argument(
        "--independent", action="store_true", help="several of --labels may fit: a probability for each"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, a line a text")


def run(container: Container, options: Namespace) -> int:
    """Print the classes or entities; return the exit code, 1 if texts were skipped."""
    if options.labels is None and (options.template is not None or options.independent):
        options.refuse("--template and --independent are for --labels: give it too")
    model = open_model(container, options, *(_CLASSIFIERS[:1] if options.labels is not None else _CLASSIFIERS))
    zero_shot = None if options.labels is None else _zero_shot(model, options)
    found = source(options, options.texts)
    feed = Feed(
        found.records,
        zero_shot.tokenize if zero_shot else lambda texts: model.tokenize(texts, bare=not model.makes_tokens),
        options,
        lines=found.lines,
        progress=Progress(shown=not sys.stdout.isatty()),
    )
    for batch in feed.batches():
        count = threads(options, found.total)
        items = good(batch)
        results = iter(_fits(zero_shot, items, options, count) if zero_shot else _results(model, items, options, count))
        for item in batch:
            row = {"error": f"{item.record.place}: {item.fault}"} if item.fault else next(results)
            _show(item, row, as_json=options.json)
        sys.stdout.flush()  # batch by batch, so that results appear while a pipe still delivers texts
    return 1 if feed.skipped else 0


def _zero_shot(model: Model, options: Namespace) -> ZeroShot:
    from encoderfile_runtime.tasks.zero_shot import TEMPLATE, ZeroShot

    labels = [label.strip() for label in options.labels.split(",")]
    return ZeroShot(model, labels, options.template or TEMPLATE, independent=options.independent)


def _fits(zero_shot: ZeroShot, items: list[Item], options: Namespace, count: int) -> list[dict[str, Any]]:
    # A batch is one of texts, each of which is read once for each label.
    return [
        {
            "labels": [
                _rounded(label) for label in zero_shot.classify([item.record.text], threads=count)[0][: options.top]
            ]
        }
        for item in items
    ]


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
