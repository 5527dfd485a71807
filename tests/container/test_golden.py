"""Files that were made from the specifications by none of our code: our writer gives their bytes, and our reader what they say."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from golden import make_container
from google.protobuf import text_format
from support.golden import GOLDEN, TINY, base

from encoderfile_runtime.format import attachments, footer
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.describe import describe
from encoderfile_runtime.format.manifest import Input, WeightsFormat, parse
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.container import manifest_pb2 as pb
from hatch_encoderfile.container.content import AttachedFile, Content
from hatch_encoderfile.container.manifest import encode
from hatch_encoderfile.container.measure import measure_all, parts
from hatch_encoderfile.container.writer import write
from hatch_encoderfile.files import zstd
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.spec import Layout
from hatch_encoderfile.weights import safetensors

MANIFEST = (GOLDEN / "manifest" / "tiny.binpb").read_bytes()
FILES = make_container.files()


def content() -> Content:
    """What the golden file holds."""
    return Content(
        name="tiny",
        version="1.2.3",
        model_type=ModelType.EMBEDDING,
        layout=Layout.ZIP,
        base=base(),
        artifacts={
            "tokenizer": BytesBlob(b"tokenizer"),
            "weights": BytesBlob(b"weights"),
            "model_config": BytesBlob(b'{"model_type":"bert"}'),
        },
        weights_format=WeightsFormat.ONNX,
        attachments=tuple(
            AttachedFile(
                name=item.name,
                media_type=item.media_type,
                data=BytesBlob(item.raw),
                stored=BytesBlob(item.frame) if item.frame else None,
            )
            for item in reversed(make_container.ATTACHED)
        ),
        license="Apache-2.0",
        source=make_container.SOURCE,
    )


@pytest.mark.parametrize("name", FILES)
def test_the_script_still_gives_the_golden_file(name: str) -> None:
    assert (GOLDEN / name).read_bytes() == FILES[name]


def test_our_writer_gives_the_golden_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zstandard.ZSTD_VERSION", (1, 5, 7))
    made, out = content(), io.BytesIO()
    inputs = [
        Input(item.name, hashlib.sha256(item.raw).digest(), len(item.raw), f"{made.source}#{item.name}")
        for item in make_container.ATTACHED
    ]

    write(out, made, measure_all({"base": made.base.data, **parts(made.artifacts, made.attachments)}), inputs)

    assert out.getvalue() == TINY.read_bytes()


def test_our_reader_finds_what_is_in_it() -> None:
    container = Container(str(TINY))

    report = verify(container, decompress=zstd.decompress)

    assert (report.uncovered, report.content_id) == ((), hashlib.sha256(MANIFEST).hexdigest())
    assert container.manifest_bytes == MANIFEST
    assert container.read("weights") == b"weights"
    assert [attachments.read(container, item, zstd.decompress) for item in container.manifest.attachments] == [
        make_container.LICENSE,
        make_container.CONFIG,
        b"7\n",
    ]
    assert describe(container)["faults"] == []


def test_it_is_a_zip_and_a_python_program() -> None:
    with zipfile.ZipFile(TINY) as archive:
        assert archive.testzip() is None
        assert archive.read("artifacts/tokenizer.json") == b"tokenizer"
    done = subprocess.run([sys.executable, TINY], capture_output=True, text=True, check=True)
    assert done.stdout == "tiny\n"


class TestManifest:
    """`tiny.textproto` is what protoc says of `tiny.binpb`."""

    def test_protobuf_reads_the_same(self) -> None:
        text = (GOLDEN / "manifest" / "tiny.textproto").read_text(encoding="utf-8")

        assert text_format.Parse(text, pb.EncoderfileManifest()).SerializeToString(deterministic=True) == MANIFEST

    def test_our_reader_and_writer_agree_on_it(self) -> None:
        assert encode(parse(MANIFEST, "golden")) == MANIFEST


class TestMozillas:
    def test_our_reader_reads_them(self) -> None:
        container = Container(str(GOLDEN / "mozilla" / "tiny.encoderfile"))

        assert container.footer == footer.Footer(0, 186)
        assert [(part.name, part.offset) for part in container.artifacts] == [
            ("weights", 186),
            ("model_config", 193),
            ("tokenizer", 199),
        ]
        assert [item.what for item in verify(container).uncovered] == ["manifest", "footer"]

    def test_the_transform_is_shown(self) -> None:
        facts = describe(Container(str(GOLDEN / "mozilla" / "transform.encoderfile")))

        assert 'os.execute("id")' in facts["encoderfile_config"]["transform"]
        assert facts["encoderfile_config"]["lua_libs"]["os"] is True
        assert facts["encoderfile_config"]["lua_libs"]["math"] is False


def test_our_reader_reads_what_the_safetensors_library_wrote() -> None:
    path = GOLDEN / "safetensors" / "tiny.safetensors"

    file = safetensors.read(path)

    found = {
        item.name: (item.dtype, item.shape, b"".join(map(bytes, item.data.chunks()))) for item in file.tensors.values()
    }
    assert found == {
        "words": ("F32", (2, 3), np.array([0, 1, -2, 0.5, 3, -0.0], "<f4").tobytes()),
        "half": ("F16", (2,), np.array([1, -2], "<f2").tobytes()),
        "scalar": ("I64", (), np.array(-7, "<i8").tobytes()),
    }
    assert file.metadata == {"format": "pt"}
    written = b"".join(map(bytes, safetensors.plan([*file.tensors.values()], file.metadata).chunks()))
    assert written == path.read_bytes()
