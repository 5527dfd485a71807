"""Small encoderfiles without a model in them, for everything that is about the container."""

from __future__ import annotations

import gc
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.format.manifest import PORTABLE, Input, WeightsFormat
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.bases import BaseBinary, portable
from hatch_encoderfile.container.content import AttachedFile, Content
from hatch_encoderfile.container.measure import measure_all, parts
from hatch_encoderfile.container.writer import write
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from encoderfile_runtime.format.manifest import Manifest

SOURCE = "pkg:huggingface/a/b@c"
INPUTS = [
    Input("config.json", hashlib.sha256(b"{}").digest(), 2, ""),
    Input("model.safetensors", bytes(range(32)), 7, f"{SOURCE}#model.safetensors"),
]


def tiny_content(**changes: object) -> Content:
    """Content with three small artifacts and an attachment, on the portable base unless changed."""
    fields: dict[str, object] = {
        "name": "test-model",
        "version": "0.1.0",
        "model_type": ModelType.EMBEDDING,
        "layout": Layout.ZIP,
        "base": BaseBinary("portable base", BytesBlob(portable.build()), PORTABLE, "any", "0.1.0"),
        "artifacts": {
            "weights": BytesBlob(b"weights"),
            "model_config": BytesBlob(b'{"model_type":"none"}'),
            "tokenizer": BytesBlob(b"tokenizer"),
        },
        "weights_format": WeightsFormat.ONNX,
        "attachments": (
            AttachedFile(name="config.json", media_type="application/json", data=BytesBlob(b"{}")),
            AttachedFile(name="größe.txt", media_type="text/plain", data=BytesBlob(b"")),
        ),
        "license": "Apache-2.0",
        "source": SOURCE,
    }
    return Content(**(fields | changes))  # type: ignore[arg-type]  # the fields vary by test


def write_content(path: Path, content: Content) -> Manifest:
    """Write content to a path."""
    inputs = [item._replace(uri=item.uri.replace(SOURCE, content.source)) for item in INPUTS]
    if not content.source.startswith("pkg:"):
        inputs = [item._replace(uri="") for item in INPUTS]
    with path.open("w+b") as out:
        measured = measure_all({"base": content.base.data, **parts(content.artifacts, content.attachments)})
        return write(out, content, measured, inputs)


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line takes the process for its own; here it is the tests'."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", os.environ.get("OPENBLAS_NUM_THREADS", "1"))
    yield
    gc.enable()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A tiny encoderfile on the portable base."""
    path = tmp_path / "tiny.encoderfile"
    write_content(path, tiny_content())
    return path


@pytest.fixture
def make_tiny(tmp_path: Path) -> Callable[..., Path]:
    """Write tiny encoderfiles with other content."""
    count = 0

    def make(**changes: object) -> Path:
        nonlocal count
        count += 1
        path = tmp_path / f"tiny-{count}.encoderfile"
        write_content(path, tiny_content(**changes))
        return path

    return make
