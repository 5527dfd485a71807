"""The closing check of a build: open the written file with the runtime, and run its model once."""

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
    """Size in bytes and content id in hex of a file that passed the check."""

    size: int
    content_id: str


def check(path: Path, *, runs: bool) -> Checked:
    """Check a file that was just written and flushed.

    Args:
        path: the file.
        runs: whether this runtime can run its model; Mozilla's ONNX models are not run.

    Raises:
        EncoderfileError: the file is invalid or contradicts itself, or the model's result is not finite.
    """
    # Everything below reads the file from disk with the runtime's code: nothing that the writer knows is taken for
    # granted.
    container = Container(str(path))
    check_structure(container)
    agreement.check(container, decompress)
    if runs:
        _run(container)
    return Checked(container.size, hashlib.sha256(container.manifest_bytes).hexdigest())


def _run(container: Container) -> None:
    model = load(container)
    # Pages of the weights are released after each linear layer, so that a build's memory does not grow with the model.
    container.drop_pages()
    model.encoder.after_linear = container.drop_pages
    try:
        model.infer([_TEXT])
    except EncoderfileError as error:
        raise ModelError(container.manifest.name, [f"one inference on the written file failed: {error}"]) from None
