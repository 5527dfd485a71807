"""Rank documents by relevance to a query: arguments, lines of a file (-i) or of standard input.

A model of sentence embeddings ranks by cosine, or by the similarity that it names; a cross-encoder, a classifier of one
label, by its score of query and document read together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.cli.best import Best
from encoderfile_runtime.cli.feed import Feed, good
from encoderfile_runtime.cli.options import add_model_options, add_text_options, open_model, positive, threads
from encoderfile_runtime.cli.progress import Progress
from encoderfile_runtime.cli.records import source
from encoderfile_runtime.cli.screen import note, print_json, say
from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.escaping import shown
from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.tasks.ranking import Query

RANKERS = (ModelType.SENTENCE_EMBEDDING, ModelType.SEQUENCE_CLASSIFICATION)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("query", metavar="QUERY", help="the query to rank documents by")
    add_text_options(parser, "documents", "DOC")
    add_model_options(parser)
    parser.add_argument("-k", "--top", type=positive, metavar="N", help="only the best (default: all)")
    parser.add_argument("--json", action="store_true", help="print JSON, a line a document")


def run(container: Container, options: Namespace) -> int:
    """Print the ranking; return the exit code, 1 if documents were skipped."""
    query = open_query(container, options)
    found = source(options, options.documents, "DOC")
    feed = Feed(found.records, query.tokenize, options, lines=found.lines, progress=Progress())
    best = Best(options.top)
    score(query, feed, best, threads(options, found.total))
    for place, hit in enumerate(best.sorted(), 1):
        record = hit.record
        if options.json:
            row = {"rank": place, "score": round(hit.score, 6), "number": record.number, "text": record.text}
            print_json((record.extra or {}) | row, indent=None)
        else:
            say(f"{hit.score:8.4f}  {record.number:>4}  {shown(record.text)}")
    return 1 if feed.skipped else 0


def open_query(container: Container, options: Namespace) -> Query:
    """Load the model and encode the query; truncation of the query is noted, or refused with `--truncate error`."""
    model = open_model(container, options, *RANKERS)
    from encoderfile_runtime.tasks.ranking import Query

    query = Query(model, options.query)
    if query.cut and options.truncate == "error":
        raise UsageError(f"QUERY: {query.cut} tokens more than the model takes: shorten it or allow --truncate end")
    if query.cut:
        note(f"QUERY: {query.cut} tokens past the model's limit were cut off")
    return query


def score(query: Query, feed: Feed, best: Best, count: int) -> None:
    """Score all documents of the feed and add them to `best`."""
    # Only scores are kept, and the best records: the corpus may be larger than memory.
    for batch in feed.batches():
        items = good(batch)
        if items:
            scores = query.scores([item.encoding for item in items], threads=count).tolist()
            for item, value in zip(items, scores, strict=True):
                best.add(item.record, value)
