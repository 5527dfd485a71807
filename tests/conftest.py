"""Small encoderfiles without a model in them, for everything that is about the container."""

from __future__ import annotations

import gc
import hashlib
import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from support.model_repo import write_repo
from support.processes import Outcome

from encoderfile_runtime.format.manifest import PORTABLE, Input, WeightsFormat
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.bases import BaseBinary, portable
from hatch_encoderfile.build import build
from hatch_encoderfile.cli import main
from hatch_encoderfile.container.content import AttachedFile, Content
from hatch_encoderfile.container.measure import measure_all, parts
from hatch_encoderfile.container.writer import write
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.spec import Layout, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import Run

    from encoderfile_runtime.format.manifest import Manifest

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
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
def _own_process(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The command line takes the process for its own; here it is the tests'."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", os.environ.get("OPENBLAS_NUM_THREADS", "1"))
    monkeypatch.setenv(
        "XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache")
    )  # no test writes to the user's own
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


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `encoderfile ARGUMENT…`; what it printed and its exit code."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: object) -> Outcome:
        handler = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, "argv", ["encoderfile", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            signal.signal(signal.SIGTERM, handler)
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return Outcome(code, _STYLE.sub("", out), _STYLE.sub("", err))

    return command


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoderfile with a model in it; not to be changed."""
    [spec] = read_spec(write_repo(tmp_path_factory.mktemp("built")))
    return build(spec, target="portable").path
