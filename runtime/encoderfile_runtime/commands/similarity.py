"""Compute the similarity of two texts' embeddings: the cosine, from -1 to 1, or the similarity that the model names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.cli.options import add_model_options, open_model, threads
from encoderfile_runtime.cli.screen import note, print_json, say
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("a", metavar="A", help="a text")
    parser.add_argument("b", metavar="B", help="another one")
    add_model_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(container: Container, options: Namespace) -> int:
    """Print the similarity; return the exit code."""
    model = open_model(container, options, ModelType.SENTENCE_EMBEDDING, texts=2)
    from encoderfile_runtime.cli.feed import too_long, was_cut
    from encoderfile_runtime.tasks.similarities import similarity

    encodings = model.tokenize([options.a, options.b], bare=True)
    for name, encoding in zip(("A", "B"), encodings, strict=True):
        if encoding.cut and options.truncate == "error":
            raise EncoderfileError(f"{name}: {too_long(encoding)}")
        if encoding.cut:
            note(f"{name}: {was_cut(encoding)}")
    vectors = model.vectors(encodings, threads=threads(options, 2))  # (2, dimensions)
    found = round(
        float(similarity(model.config, vectors[:1], vectors[1])[0]), 6
    )  # (1, dimensions), (dimensions,) to (1,)
    if options.json:
        print_json({"similarity": found, "cut": [encoding.cut for encoding in encodings]}, indent=None)
    else:
        say(f"{found:.4f}")
    return 0
