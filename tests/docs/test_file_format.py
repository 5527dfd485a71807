"""The file of docs/reference/file-format.md: read by code that is not ours, and compared with what the writer writes."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest
from support.documentation import blocks

from encoderfile_runtime.format import footer
from encoderfile_runtime.format.manifest import Input, WeightsFormat
from encoderfile_runtime.format.manifest import parse as parse_manifest
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.container.content import AttachedFile, Content
from hatch_encoderfile.container.measure import measure_all, parts
from hatch_encoderfile.container.writer import write
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.spec import Layout

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "file-format.md"
LINE = re.compile(r"([0-9a-f]{6})  ((?:[0-9a-f]{2} ?){1,16})(?: {2}.*)?")
ZEROS = re.compile(r" {8}(\d+) zero bytes")
COMMENT = 64


@pytest.fixture(scope="module")
def documented() -> bytes:
    [block] = [block for block in blocks(PAGE.read_text(encoding="utf-8")) if block.language == "text"]
    data = bytearray()
    for line in block.text.splitlines():
        if zeros := ZEROS.fullmatch(line):
            data += bytes(int(zeros.group(1)))
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert int(match.group(1), 16) == len(data), line
        data += bytes.fromhex(match.group(2))
    return bytes(data)


def test_it_ends_with_the_manifests_digest_and_the_footer(documented: bytes) -> None:
    place = footer.parse(documented[-footer.SIZE :], "example", len(documented))
    manifest = documented[place.manifest_offset :][: place.manifest_length]

    assert documented[-COMMENT : -footer.SIZE] == hashlib.sha256(manifest).digest()


def test_it_is_a_zip_archive_whose_members_are_the_parts(documented: bytes) -> None:
    place = footer.parse(documented[-footer.SIZE :], "example", len(documented))
    start = place.manifest_offset
    manifest = parse_manifest(documented[start:][: place.manifest_length], "example", start)
    stored = [*manifest.artifacts.values(), *(item.artifact for item in manifest.attachments)]

    with zipfile.ZipFile(io.BytesIO(documented)) as archive:
        assert archive.testzip() is None
        assert archive.comment == documented[-COMMENT:]
        members = [archive.read(name) for name in archive.namelist()]

    assert members == [documented[start + part.offset :][: part.length] for part in stored]
    assert [hashlib.sha256(member).digest() for member in members] == [part.sha256 for part in stored]


def test_the_writer_writes_it(documented: bytes) -> None:
    config = BytesBlob(b"{}\n")
    content = Content(
        name="tiny",
        version="1",
        model_type=ModelType.EMBEDDING,
        layout=Layout.ZIP,
        base=BaseBinary("a base", BytesBlob(b"#!/bin/sh\nexit 1\n"), "external", "any", ""),
        artifacts={"weights": BytesBlob(b"weights\n"), "model_config": config, "tokenizer": BytesBlob(b"[]\n")},
        weights_format=WeightsFormat.EMBD,
        attachments=(AttachedFile(name="NOTICE", media_type="text/plain", data=BytesBlob(b"hi\n")),),
        license="MIT",
        source="",
    )
    inputs = [Input("config.json", hashlib.sha256(b"{}\n").digest(), 3, "")]
    measured = measure_all({"base": content.base.data, **parts(content.artifacts, content.attachments)})
    out = io.BytesIO()

    write(out, content, measured, inputs)

    assert out.getvalue() == documented
