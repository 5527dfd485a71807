"""Options that several commands share, and opening the model or the tokenizer with them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container
    from encoderfile_runtime.format.model_type import ModelType
    from encoderfile_runtime.model import Model
    from encoderfile_runtime.tokenizer import Tokenizer

_SIDES = {"end": "right", "start": "left"}  # --truncate, as the tokenizer names the sides
_FEW = 4  # texts, up to which a command takes the paths with the shortest start


def add_model_options(parser: ArgumentParser) -> None:
    """Add `--threads` and `--truncate`."""
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="threads that share the work (default: one a processor)"
    )
    add_truncation(parser)


def add_truncation(parser: ArgumentParser) -> None:
    """Add `--truncate`."""
    parser.add_argument(
        "--truncate",
        choices=("error", "end", "start"),
        help="what happens to a text over the model's limit: refuse it, or cut tokens at its end or its start "
        "(default: as the model's tokenizer is set)",
    )


def add_text_options(parser: ArgumentParser, name: str = "texts", metavar: str = "TEXT") -> None:
    """Add the sources of texts, `TEXT…`, `--input` and `--input-format`, and the options of `add_stream_options`."""
    parser.add_argument(name, nargs="*", metavar=metavar, help="given as arguments")
    parser.add_argument("-i", "--input", metavar="FILE", help="or as lines of a file; - is standard input")
    parser.add_argument(
        "--input-format",
        choices=("text", "jsonl"),
        help='lines are texts, or JSON: strings, or objects with "text" (default: by the file\'s suffix, else text)',
    )
    add_stream_options(parser)


def add_stream_options(parser: ArgumentParser, on_error: str = "stop") -> None:
    """Add `--batch-size` and `--on-error`."""
    parser.add_argument(
        "--batch-size", type=positive, default=256, metavar="N", help="texts that are held at once (default: 256)"
    )
    parser.add_argument(
        "--on-error",
        choices=("skip", "stop"),
        default=on_error,
        help=f"after a line that cannot be used: go on with the next, or stop (default: {on_error})",
    )


def positive(text: str) -> int:
    """Parse a positive integer; a type for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


positive.__name__ = "number"  # argparse's message says "invalid number value"


def threads(options: Namespace, texts: int | None = None) -> int:
    """The number of threads to use; `texts` is the number of texts, None if unknown."""
    if options.threads:
        return int(options.threads)
    if texts is not None and texts <= _FEW:
        return 1  # starting a second thread takes longer than it saves
    return _processors()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_model(container: Container, options: Namespace, *needed: ModelType, texts: int | None = None) -> Model:
    """Load the model and set its truncation side.

    Args:
        container: the open file.
        options: of the command.
        needed: the types of model that the command works with; all if empty.
        texts: the number of texts to come, None if unknown; a few are loaded for faster.

    Raises:
        UsageError: the model is of another type.
    """
    import gc

    from .ahead import import_numpy

    manifest = container.manifest
    if needed and manifest.model_type not in needed:
        expected = " or ".join(kind.label for kind in needed)
        raise UsageError(f"{manifest.name}: expected a model for {expected}, found {manifest.model_type.label}")
    import_numpy(_processors())
    from encoderfile_runtime.loading import load

    model = load(container, few=texts is not None and texts <= _FEW)
    _set_side(model.tokenizer, options)
    # A standalone base: pages of the file that only the start reads no longer count as this process's memory.
    if "_encoderfile_base" in sys.modules:
        sys.modules["_encoderfile_base"].drop_pages()
        container.drop_pages()
    # `main` disabled collection for the start. Nothing loaded so far becomes garbage: exclude it from collections.
    gc.freeze()
    gc.enable()
    return model


def open_tokenizer(container: Container, options: Namespace) -> Tokenizer:
    """Load the tokenizer alone, for models of any type and weights in any format."""
    from encoderfile_runtime.tokenizer import Tokenizer

    tokenizer = Tokenizer.from_json(container.tokenizer_definition(), container.path)
    _set_side(tokenizer, options)
    return tokenizer


def _set_side(tokenizer: Tokenizer, options: Namespace) -> None:
    if options.truncate in _SIDES:
        tokenizer.truncation_side = _SIDES[options.truncate]
