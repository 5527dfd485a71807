"""Run the model on texts: arguments, lines of a file (-i) or of standard input.

For arguments, the output is one JSON response in the shape of Mozilla Encoderfile; for lines, JSON Lines, one result a
line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.cli.options import add_model_options, add_text_options, open_model, positive, threads
from encoderfile_runtime.cli.screen import note, print_json
from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from encoderfile_runtime.format.container import Container

_FORMATS = ("json", "jsonl", "npy", "csv", "text")


def add_arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add_text_options(parser)
    add_model_options(parser)
    parser.add_argument(
        "-f",
        "--format",
        choices=_FORMATS,
        help="of the results (default: the suffix of -o, else json for arguments and jsonl for lines)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where results go (default: -, standard output)")
    parser.add_argument(
        "--offsets", choices=("bytes", "characters"), default="bytes", help="what start and end of a token count"
    )
    parser.add_argument("--prompt", metavar="NAME", help='the prompt before each text ("" for none)')
    parser.add_argument("--dimensions", type=positive, metavar="N", help="keep the first numbers of an embedding")


def run(container: Container, options: Namespace) -> int:
    """Print or write the results; return the exit code."""
    if options.output == "":
        options.refuse("argument -o/--output: expected the name of a file, or - for standard output")
    if options.output == "-":
        options.output = None
    kind = _format(options)
    # A few arguments and one response: no need for the streaming modules, which a start would have to compile.
    whole = kind == "json" and options.on_error == "stop"
    if whole and options.texts and options.input is None and options.output is None:
        _answer(container, options)
        return 0
    from encoderfile_runtime.cli.streaming import infer

    return infer(container, options, kind)


def _answer(container: Container, options: Namespace) -> None:
    """Print the response for the texts given as arguments."""
    texts = options.texts
    model = open_model(container, options, texts=len(texts))
    encodings = model.tokenize(texts, prompt=options.prompt, bare=not model.makes_tokens)
    for number, encoding in enumerate(encodings, 1):
        if encoding.cut:
            from encoderfile_runtime.cli.feed import too_long, was_cut

            if options.truncate == "error":
                raise EncoderfileError(f"text {number}: {too_long(encoding)}")
            note(f"text {number}: {was_cut(encoding)}")
    count = threads(options, len(texts))
    print_json(model.run(encodings, texts, offsets=options.offsets, dimensions=options.dimensions, threads=count))


def _format(options: Namespace) -> str:
    """The output format: as asked for, else by the suffix of the output file, else by the kind of input."""
    if options.format:
        return str(options.format)
    suffix = (options.output or "").rpartition(".")[2]
    if suffix in _FORMATS:
        return suffix
    if suffix == "txt":
        return "text"
    return "json" if options.texts and options.output is None else "jsonl"
