"""Readers that share no code with ours agree on what is in a file: protobuf's own classes, zipfile, unzip."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import write_repo

from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.container import manifest_pb2
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

LINES = 'license = "Apache-2.0"\nsource = "pkg:huggingface/someone/tiny@0123"'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("independent")
    write_repo(root, LINES)
    (root / "model" / "README.md").write_text("# größe\n", encoding="utf-8")
    [spec] = read_spec(root / "pyproject.toml")
    return build(spec, target="portable").path


@pytest.fixture(scope="module")
def data(built: Path) -> bytes:
    return built.read_bytes()


@pytest.fixture(scope="module")
def place(data: bytes) -> tuple[int, int]:
    """Offset and length of the manifest, from the last 32 bytes."""
    magic, version, offset, length, flags = struct.unpack("<8sIQQI", data[-32:])
    assert (magic, version, flags) == (b"ENCFILE\0", 1, 1)
    return offset, length


@pytest.fixture(scope="module")
def manifest(data: bytes, place: tuple[int, int]) -> Any:
    offset, length = place
    return manifest_pb2.EncoderfileManifest.FromString(data[offset : offset + length])


def artifacts(manifest: Any) -> dict[str, Any]:
    kinds = ("weights", "transform", "model_config", "tokenizer", "image_preprocessor")
    found = {kind: getattr(manifest, kind) for kind in kinds if manifest.HasField(kind)}
    return found | {f"attachments/{item.name}": item.artifact for item in manifest.attachments}


def test_every_digest_is_of_the_bytes_it_points_to(data: bytes, place: tuple[int, int], manifest: Any) -> None:
    start, _ = place
    assert manifest.base.length == start
    assert manifest.base.sha256 == hashlib.sha256(data[:start]).digest()
    for name, artifact in artifacts(manifest).items():
        found = data[start + artifact.offset : start + artifact.offset + artifact.length]
        assert (name, artifact.sha256) == (name, hashlib.sha256(found).digest())


def test_protobuf_writes_the_manifest_back_byte_for_byte(data: bytes, place: tuple[int, int], manifest: Any) -> None:
    offset, length = place

    assert manifest.SerializeToString(deterministic=True) == data[offset : offset + length]


def test_what_protobuf_reads_is_what_inspect_says(built: Path, place: tuple[int, int], manifest: Any) -> None:
    facts = report.describe(Container(str(built)))

    start, _ = place
    assert {part["name"]: (part["offset"] - start, part["length"], part["sha256"]) for part in facts["parts"][2:]} == {
        name: (item.offset, item.length, item.sha256.hex()) for name, item in artifacts(manifest).items()
    }
    assert [(item["path"], item["sha256"], item["length"], item["uri"]) for item in facts["inputs"]] == [
        (item.path, item.sha256.hex(), item.length, item.uri) for item in manifest.inputs
    ]
    for name in ("name", "version", "license", "source", "format_profile"):
        assert facts[name] == getattr(manifest, name)
    assert manifest_pb2.ModelType.Name(manifest.model_type).lower() == facts["model_type"]
    assert manifest_pb2.WeightsFormat.Name(manifest.weights_format).lower() == facts["weights_format"]


def test_mozillas_fields_alone_are_a_manifest_too(manifest: Any) -> None:
    """As its reader sees it, which knows no field from 1000 on."""
    for field, _ in manifest.ListFields():
        assert field.number in (1, 2, 3, 100, 120, 130) or field.number >= 1000


def test_zipfile_finds_the_same_parts_at_the_same_places(
    built: Path, data: bytes, place: tuple[int, int], manifest: Any
) -> None:
    names = {"weights": "artifacts/weights.embd"}
    names |= {kind: f"artifacts/{kind}.json" for kind in ("model_config", "tokenizer")}
    with zipfile.ZipFile(built) as archive:
        for name, artifact in artifacts(manifest).items():
            entry = archive.getinfo(names.get(name, name))
            name_length, extra_length = struct.unpack("<HH", data[entry.header_offset + 26 : entry.header_offset + 30])
            assert entry.header_offset + 30 + name_length + extra_length == place[0] + artifact.offset
            assert entry.file_size == entry.compress_size == artifact.length


def test_unzip_tests_the_file(built: Path) -> None:
    if not shutil.which("unzip"):
        pytest.skip("no unzip on PATH")

    done = subprocess.run(["unzip", "-t", built], capture_output=True, errors="replace", check=False)

    # It prints the comment, which is no text. What stands before the first entry is the header and, to unzip, nothing to complain of.
    assert (done.returncode, done.stderr) == (0, "")
    assert "No errors detected" in done.stdout


def test_pythons_zipfile_command_tests_and_lists_the_file(built: Path) -> None:
    test, listing = (
        subprocess.run([sys.executable, "-m", "zipfile", flag, built], capture_output=True, text=True, check=True)
        for flag in ("-t", "-l")
    )

    assert test.stdout == "Done testing\n"
    assert {"__main__.py", "artifacts/weights.embd", "attachments/README.md"} <= {
        line.split()[0] for line in listing.stdout.splitlines()
    }
