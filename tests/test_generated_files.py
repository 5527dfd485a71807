"""The committed files are what `make generate` writes."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import generate
import pytest

PROTOC = Path(sysconfig.get_path("scripts"), "protoc")


@pytest.mark.parametrize("path", list(generate.texts()))
def test_a_committed_file_is_what_the_code_generates(path: str) -> None:
    assert (generate.ROOT / path).read_text(encoding="utf-8") == generate.texts()[path], "run make generate"


@pytest.mark.skipif(not PROTOC.exists(), reason="there is no protoc in this environment: no wheel for this machine")
@pytest.mark.parametrize("name", ["manifest_pb2.py", "manifest_pb2.pyi"])
def test_the_protobuf_classes_are_what_protoc_makes_of_the_schema(tmp_path: Path, name: str) -> None:
    generate.write_protobuf(tmp_path)

    written = tmp_path / "hatch_encoderfile" / "container" / name
    assert written.read_bytes() == (generate.ROOT / "hatch_encoderfile" / "container" / name).read_bytes()
