"""`encoderfile sbom`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from encoderfile_runtime.cli.screen import is_file
from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.escaping import escaped_json
from encoderfile_runtime.format.container import Container

from .groups import Command
from .parameters import File

EXAMPLES = """\
Examples:
encoderfile sbom minilm.encoderfile | jq .components[0]  # the bill in the file
encoderfile sbom minilm.encoderfile --outer > minilm.encoderfile.cdx.json  # the same with the file's own hashes
"""


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def sbom(
    file: File,
    *,
    outer: Annotated[bool, typer.Option("--outer", help="Add the file's own name and hashes.")] = False,
) -> None:
    """Print a file's bill of materials: CycloneDX 1.6, as canonical JSON; in lines on a terminal."""
    from hatch_encoderfile.files.blob import FileRange
    from hatch_encoderfile.files.digests import digests_of
    from hatch_encoderfile.sbom.document import inner_sbom, outer_sbom

    container = Container(str(file))
    data = (
        outer_sbom(container, digests_of(FileRange(container.file, 0, container.size)), file.name)
        if outer
        else inner_sbom(container)
    )
    if sys.stdout.isatty():
        data = _readable(data, file)
    elif not is_file(sys.stdout):  # a pipe may lead to a log, and a file that is redirected to may not
        data = escaped_json(data.decode(errors="backslashreplace")).encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _readable(data: bytes, file: Path) -> bytes:
    """The SBOM for a terminal: indented, and in ASCII, so that it contains no control characters."""
    try:
        return f"{json.dumps(json.loads(data), indent=2)}\n".encode()
    except (ValueError, RecursionError):
        raise FormatError(str(file), "its SBOM is not JSON") from None
