"""The closing check of a build opens the file that was written, compares what it says twice, and runs the model once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from support.manifests import with_manifest
from support.model_repo import write_repo

from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.container.check import Checked, check
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A built file whose bill of materials is compressed."""
    [spec] = read_spec(write_repo(tmp_path, 'attachment-codec = "zstd"\n'))
    return build(spec, target="portable").path


@pytest.mark.parametrize("runs", [True, False])
def test_it_tells_the_size_and_the_content_id(packed: Path, runs: bool) -> None:
    manifest = Container(str(packed)).manifest_bytes

    assert Checked(packed.stat().st_size, hashlib.sha256(manifest).hexdigest()) == check(packed, runs=runs)


def test_a_compressed_bill_that_says_something_else_is_refused(packed: Path) -> None:
    def rename(message: Any) -> None:
        message.name = message.name[::-1]

    with_manifest(packed, rename)

    with pytest.raises(FormatError, match=r"name: the manifest says 'ynit', sbom\.cdx\.json says 'tiny'"):
        check(packed, runs=False)


def test_pages_are_given_back_after_each_layer(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[str] = []
    monkeypatch.setattr(Container, "drop_pages", lambda container: dropped.append(container.path))

    check(packed, runs=False)
    assert dropped == []
    check(packed, runs=True)
    assert len(dropped) > 2
