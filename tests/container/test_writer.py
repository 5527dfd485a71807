from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.golden import GOLDEN

from encoderfile_runtime.errors import EncoderfileError, IntegrityError
from encoderfile_runtime.format import layout
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import WeightsFormat
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.files.blob import BytesBlob, whole_file
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from encoderfile_runtime.format.manifest import Manifest

MOZILLA_TINY = (GOLDEN / "mozilla" / "tiny.encoderfile").read_bytes()
MOZILLA_ARTIFACTS = {
    "weights": BytesBlob(b"weights"),
    "model_config": BytesBlob(b"config"),
    "tokenizer": BytesBlob(b"tokenizer"),
}


def external(data: bytes) -> BaseBinary:
    return BaseBinary("a base", BytesBlob(data), "external", "x86_64-unknown-linux-gnu", "")


def test_layout_mozilla_writes_the_bytes_of_mozillas_cli(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(layout=Layout.MOZILLA, base=external(b""), artifacts=MOZILLA_ARTIFACTS)

    assert path.read_bytes() == MOZILLA_TINY


def test_layout_mozilla_counts_offsets_from_the_manifest(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(layout=Layout.MOZILLA, base=external(bytes(128)), artifacts=MOZILLA_ARTIFACTS)

    assert (
        path.read_bytes()
        == bytes(128) + MOZILLA_TINY[:-32] + MOZILLA_TINY[-32:-20] + (128).to_bytes(8, "little") + (MOZILLA_TINY[-12:])
    )
    assert [part.offset for part in Container(str(path)).artifacts] == [314, 321, 327]


def test_every_part_is_found_again(tiny: Path) -> None:
    container = Container(str(tiny))

    assert container.read("weights") == b"weights"
    assert container.read("model_config") == b'{"model_type":"none"}'
    assert container.read("tokenizer") == b"tokenizer"
    assert container.read("attachments/config.json") == b"{}"
    assert container.read("attachments/größe.txt") == b""


def test_parts_are_aligned(tiny: Path) -> None:
    container = Container(str(tiny))

    assert [part.offset % 4096 for part in container.artifacts if part.name == "weights"] == [0]
    assert {part.offset % 64 for part in (*container.artifacts, *container.attachments)} == {0}


def test_the_file_begins_with_the_base_verbatim(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(base=external(b"\x7fELF and so on"))

    assert path.read_bytes().startswith(b"\x7fELF and so on")
    base = Container(str(path)).manifest.base
    assert base is not None
    assert base.sha256 == hashlib.sha256(b"\x7fELF and so on").digest()


def test_the_file_verifies(tiny: Path) -> None:
    report = verify(Container(str(tiny)))

    assert [part.name for part in report.parts] == [
        "base",
        "weights",
        "model_config",
        "tokenizer",
        "attachments/config.json",
        "attachments/größe.txt",
    ]
    assert report.uncovered == ()


def test_the_file_is_a_zip_that_lists_code_and_artifacts(tiny: Path) -> None:
    with zipfile.ZipFile(tiny) as archive:
        names = archive.namelist()

        assert archive.testzip() is None
        assert names[0] == "__main__.py"
        assert names[-5:] == [
            "artifacts/weights.onnx",
            "artifacts/model_config.json",
            "artifacts/tokenizer.json",
            "attachments/config.json",
            "attachments/größe.txt",
        ]
        assert archive.read("artifacts/weights.onnx") == b"weights"
        assert archive.comment == hashlib.sha256(Container(str(tiny)).manifest_bytes).digest() + tiny.read_bytes()[-32:]


def test_an_external_base_gives_a_zip_of_the_artifacts_alone(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(base=external(b"\x7fELF"))

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 5


@pytest.mark.parametrize(("weights_format", "suffix"), [(WeightsFormat.EMBD, "embd"), (WeightsFormat.PTE, "pte")])
def test_the_zip_name_of_the_weights_says_their_format(
    make_tiny: Callable[..., Path], weights_format: WeightsFormat, suffix: str
) -> None:
    with zipfile.ZipFile(make_tiny(weights_format=weights_format)) as archive:
        assert f"artifacts/weights.{suffix}" in archive.namelist()


class TestPastTheZipLimit:
    @pytest.fixture(autouse=True)
    def _small_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layout, "ZIP_LIMIT", 100_000)

    def test_python_still_runs_the_file(self, tiny: Path) -> None:
        done = subprocess.run([sys.executable, tiny, "--version"], capture_output=True, text=True, check=False)

        assert done.stdout.startswith("test-model 0.1.0")

    def test_the_code_is_copied_to_the_tail_and_verified(self, tiny: Path) -> None:
        with zipfile.ZipFile(tiny) as archive:
            names = archive.namelist()

        assert "__main__.py" in names
        assert not any(name.startswith("artifacts/") for name in names)
        assert verify(Container(str(tiny))).uncovered == ()

    def test_a_changed_byte_in_the_tail_is_refused(self, tiny: Path) -> None:
        data = bytearray(tiny.read_bytes())
        data[data.rindex(b"def main(")] ^= 1
        tiny.write_bytes(data)

        with pytest.raises(Exception, match="the copy of the code differs from the base"):
            verify(Container(str(tiny)))


def test_a_base_whose_length_looks_like_an_end_record_is_refused(
    make_tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A base of 300 bytes is easier to have than one of 0x06054B50.
    monkeypatch.setattr(layout, "_END_MAGIC", 300)

    with pytest.raises(EncoderfileError, match="a base of 300 bytes would hide the zip directory: pad it by a byte"):
        make_tiny(base=external(bytes(300)))


def test_a_part_that_is_not_what_was_measured_is_refused(make_tiny: Callable[..., Path]) -> None:
    class Changing:
        length = 5
        reads = 0

        def chunks(self) -> Iterator[bytes | memoryview]:
            self.reads += 1
            yield b"older" if self.reads == 1 else b"newer"

    with pytest.raises(IntegrityError, match="weights: changed while it was read: build again"):
        make_tiny(artifacts=MOZILLA_ARTIFACTS | {"weights": Changing()})


def test_a_base_that_is_not_what_was_measured_is_refused(make_tiny: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "base"
    path.write_bytes(b"older")

    class Weights(NamedTuple):
        length: int = 0

        def chunks(self) -> Iterator[bytes | memoryview]:
            path.write_bytes(b"newer")
            return iter(())

    with pytest.raises(IntegrityError, match="base: changed while it was read: build again"):
        make_tiny(
            base=external(b"")._replace(data=whole_file(path)), artifacts=MOZILLA_ARTIFACTS | {"weights": Weights()}
        )


def test_a_blob_of_another_length_than_promised_is_refused(make_tiny: Callable[..., Path]) -> None:
    class Short:
        length = 5

        def chunks(self) -> Iterator[bytes | memoryview]:
            yield b"1234"

    with pytest.raises(Exception, match=r"weights: has 4 bytes, expected 5"):
        make_tiny(artifacts=MOZILLA_ARTIFACTS | {"weights": Short()})


def test_the_manifest_says_what_was_built_from_what(make_tiny: Callable[..., Path]) -> None:
    manifest: Manifest = Container(str(make_tiny())).manifest

    assert (manifest.license, manifest.source) == ("Apache-2.0", "pkg:huggingface/a/b@c")
    assert [(item.path, item.length) for item in manifest.inputs] == [("config.json", 2), ("model.safetensors", 7)]
    assert manifest.base is not None
    assert (manifest.base.flavour, manifest.base.target, manifest.base.runtime_version) == ("portable", "any", "0.1.0")
