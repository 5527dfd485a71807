"""The last step of a build: open the written file as a user would, and run the model in it once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, ModelError
from encoderfile_runtime.format import agreement
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import check_structure
from encoderfile_runtime.loading import load
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = "One real inference, before anybody else makes one."


class Checked(NamedTuple):
    """What is known of a written file: its size in bytes, and its content id in hex."""

    size: int
    content_id: str


def check(path: Path, *, runs: bool) -> Checked:
    """Check a file that was just written and flushed.

    Args:
        path: the file.
        runs: whether the runtime here can run it.

    Raises:
        EncoderfileError: the file does not open or contradicts itself, or the model does not give finite numbers.
    """
    container = Container(str(path))
    check_structure(container)
    agreement.check(container, decompress)
    if runs:
        _run(container)
    return Checked(container.size, hashlib.sha256(container.manifest_bytes).hexdigest())


def _run(container: Container) -> None:
    model = load(container)
    # What has been read of the file is given back bit by bit, so that a build needs no more memory for a larger model.
    container.drop_pages()
    model.encoder.after_linear = container.drop_pages
    try:
        model.infer([_TEXT])
    except EncoderfileError as error:
        raise ModelError(container.manifest.name, [f"one inference on the written file failed: {error}"]) from None
