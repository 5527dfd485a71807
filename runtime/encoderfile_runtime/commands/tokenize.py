"""Show the tokens of texts with their ids and offsets: arguments, lines of a file (-i) or of standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.cli.feed import Feed
from encoderfile_runtime.cli.options import add_text_options, add_truncation, open_tokenizer
from encoderfile_runtime.cli.progress import Progress
from encoderfile_runtime.cli.records import source
from encoderfile_runtime.cli.screen import print_json, say
from encoderfile_runtime.escaping import shown
from encoderfile_runtime.tokenizer import byte_offsets

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from encoderfile_runtime.cli.feed import Item
    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.tokenizer import Encoding


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add_text_options(parser)
    add_truncation(parser)
    parser.add_argument(
        "--offsets", choices=("bytes", "characters"), default="bytes", help="what start and end of a token count"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, a line a text")


def run(container: Container, options: Namespace) -> int:
    """Print the tokens; return the exit code, 1 if texts were skipped."""
    tokenizer = open_tokenizer(container, options)
    found = source(options, options.texts)

    def encode(texts: Sequence[Any]) -> list[Encoding]:
        return [tokenizer.encode(*([text] if isinstance(text, str) else text)) for text in texts]

    progress = Progress(shown=not sys.stdout.isatty())
    feed = Feed(found.records, encode, options, lines=found.lines, progress=progress)
    show = _show_json if options.json else _show
    for batch in feed.batches():
        for item in batch:
            show(item, options.offsets)
        sys.stdout.flush()
    return 1 if feed.skipped else 0


def _places(item: Item, unit: str) -> list[tuple[int, int]]:
    """The offsets of an item's tokens in bytes or characters; those of a pair are always characters, of either text."""
    offsets: list[tuple[int, int]] = item.encoding.offsets
    text = item.record.text
    if unit == "characters" or not isinstance(text, str):
        return offsets
    return byte_offsets(text, offsets)


def _show(item: Item, unit: str) -> None:
    if item.fault:
        return
    if item.record.number > 1:
        say("")
    say(f"{'id':>8} {'start':>6} {'end':>6}  token")
    encoding = item.encoding
    for number, token, (start, end) in zip(encoding.ids, encoding.tokens, _places(item, unit), strict=True):
        say(f"{number:>8} {start:>6} {end:>6}  {shown(token)}")


def _show_json(item: Item, unit: str) -> None:
    if item.fault:
        row: dict[str, Any] = {"error": f"{item.record.place}: {item.fault}"}
    else:
        row = item.encoding._asdict() | {"offsets": _places(item, unit)}
        del row["prompt"]  # for pooling: the tokens of the prompt are among the others
    print_json((item.record.extra or {}) | row, indent=None)
