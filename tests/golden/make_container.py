"""Write the golden files of `container/`, `mozilla/` and `manifest/` from the specifications, with none of the project's code.

Run it from anywhere: `python tests/golden/make_container.py`. Specifications: docs of the format, schemas/manifest.proto,
APPNOTE.TXT 6.3.10 (zip), RFC 8878 (zstd), https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
DATE = 1 << 5 | 1  # 1980-01-01
LICENSE = b"Permission is granted, free of charge.\n" * 3
SOURCE = "pkg:huggingface/someone/tiny@1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
CONFIG = b'{"model_type":"bert"}\n'
NUMBERS = {"weights": 100, "transform": 110, "model_config": 120, "tokenizer": 130}


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    """A field: a varint or something with a length; nothing where it is the default of a field outside `optional`."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data if data else b""


def fixed64(number: int, value: int) -> bytes:
    """A number in eight bytes."""
    return varint(number << 3 | 1) + struct.pack("<Q", value) if value else b""


def artifact(offset: int, data: bytes) -> bytes:
    """The message Artifact."""
    return fixed64(1, offset) + fixed64(2, len(data)) + field(3, sha256(data))


def footer(offset: int, length: int) -> bytes:
    """The last 32 bytes."""
    return struct.pack("<8sIQQI", b"ENCFILE\0", 1, offset, length, 1)


def zstd_frame(data: bytes) -> bytes:
    """One frame of one RLE or raw block with a single segment (RFC 8878, section 3.1.1): valid, if not small."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x20, len(data)]) + ((len(data) << 3) | 1).to_bytes(3, "little") + data


class Stored(NamedTuple):
    """A part: its name in the zip directory and its bytes."""

    name: str
    data: bytes
    alignment: int = 64


class Attached(NamedTuple):
    """An attachment as it came and, if it is compressed, as it is stored."""

    name: str
    media_type: str
    raw: bytes
    frame: bytes = b""

    def message(self, offset: int) -> bytes:
        """The message Attachment."""
        codec = field(4, 1) if self.frame else b""
        stored = artifact(offset, self.frame or self.raw)
        described = field(1, self.name) + field(2, self.media_type) + field(3, stored) + codec
        return described + field(5, len(self.raw)) + field(6, sha256(self.raw))


ATTACHED = (
    Attached("LICENSE", "text/plain", LICENSE, zstd_frame(LICENSE)),
    Attached("config.json", "application/json", CONFIG),
    Attached("größe.txt", "text/plain", b"7\n"),
)
PARTS = (
    Stored("artifacts/weights.onnx", b"weights", 4096),
    Stored("artifacts/model_config.json", b'{"model_type":"bert"}'),
    Stored("artifacts/tokenizer.json", b"tokenizer"),
    Stored("attachments/LICENSE.zst", ATTACHED[0].frame),
    Stored("attachments/config.json", CONFIG),
    Stored("attachments/größe.txt", b"7\n"),
)


def base() -> bytes:
    """A header for `sh`, then a zip of two files, made by Python's zipfile."""
    out = io.BytesIO(b'#!/bin/sh\nexec python3 "$0" "$@"\n')
    out.seek(0, io.SEEK_END)
    files = {"__main__.py": b'print("tiny")\n', "encoderfile_runtime/__init__.py": b'\n__version__ = "0.1.0"\n'}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def manifest(base_bytes: bytes, offsets: list[int]) -> bytes:
    """The manifest, once each part has its offset from the manifest's start."""
    held = field(1, 1) + field(2, "tiny") + field(3, "1.2.3")
    for number, offset, part in zip((100, 120, 130), offsets, PARTS, strict=False):
        held += field(number, artifact(offset, part.data))
    held += field(1000, "hatch-encoderfile/1") + field(1001, 2)
    described = field(1, sha256(base_bytes)) + field(2, len(base_bytes))
    held += field(1002, described + field(3, "portable") + field(4, "any") + field(5, "0.1.0"))
    for attached, offset in zip(ATTACHED, offsets[3:], strict=True):
        held += field(1003, attached.message(offset))
    for path, data in (("LICENSE", LICENSE), ("config.json", CONFIG), ("größe.txt", b"7\n")):
        held += field(
            1004, field(1, path) + field(2, sha256(data)) + field(3, len(data)) + field(4, f"{SOURCE}#{path}")
        )
    # What compressed is no file that was read: it has a version, and no digest.
    held += field(1004, field(1, "libzstd") + field(4, "pkg:generic/zstd@1.5.7"))
    return held + field(1005, "Apache-2.0") + field(1006, SOURCE)


def container() -> tuple[bytes, bytes]:
    """A file of our profile, and its manifest."""
    start = base()
    length = len(manifest(start, [1 << 60] * len(PARTS)))
    body, directory, offsets, at = b"", b"", [], len(start) + length
    for part in PARTS:
        name = part.name.encode()
        padding = -(at + 30 + len(name)) % part.alignment
        padding += part.alignment if 0 < padding < 6 else 0
        extra = struct.pack("<HHH", 0xD935, padding - 4, part.alignment) + bytes(padding - 6) if padding else b""
        flags, crc, size = (0 if name.isascii() else 1 << 11), zlib.crc32(part.data), len(part.data)
        header = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, 0, 0, DATE, crc, size, size, len(name), padding)
        common = struct.pack(
            "<HHHHHIIIHHHHHII", 20, flags, 0, 0, DATE, crc, size, size, len(name), *[0] * 4, 0o100644 << 16, at
        )
        directory += struct.pack("<IH", 0x02014B50, 3 << 8 | 20) + common + name
        body += header + name + extra + part.data
        offsets.append(at + len(header) + len(name) + len(extra) - len(start))
        at = len(start) + length + len(body)
    held = manifest(start, offsets)
    with zipfile.ZipFile(io.BytesIO(start)) as archive:
        code = start[archive.start_dir : -22]
        count = len(PARTS) + len(archive.namelist())
    comment = sha256(held) + footer(len(start), length)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(code + directory), at, len(comment)) + comment
    return start + held + body + code + directory + end, held


def mozillas(parts: dict[str, bytes], start: bytes = b"") -> bytes:
    """A file as Mozilla's CLI writes it."""
    head = field(1, 1) + field(2, "test-model") + field(3, "0.1.0")

    def held(offsets: list[int]) -> bytes:
        places = zip(parts.items(), offsets, strict=True)
        return head + b"".join(field(NUMBERS[name], artifact(offset, data)) for (name, data), offset in places)

    at = length = len(held([1 << 60] * len(parts)))
    offsets = []
    for data in parts.values():
        offsets.append(at)
        at += len(data)
    return start + held(offsets) + b"".join(parts.values()) + footer(len(start), length)


def files() -> dict[str, bytes]:
    """The golden files by their paths."""
    whole, held = container()
    lua = 'function Postprocess(a) os.execute("id"); return a end'
    transform = field(1, 1) + field(2, lua) + field(3, field(1, "os") + field(1, "io"))
    return {
        "container/tiny.encoderfile": whole,
        "container/base": base(),
        "manifest/tiny.binpb": held,
        "mozilla/tiny.encoderfile": mozillas(
            {"weights": b"weights", "model_config": b"config", "tokenizer": b"tokenizer"}
        ),
        "mozilla/transform.encoderfile": mozillas(
            {"weights": b"w", "transform": transform, "model_config": b'{"model_type":"bert"}', "tokenizer": b"{}"},
            b"\x7fELF" + bytes(60),
        ),
    }


if __name__ == "__main__":
    for name, data in files().items():
        (HERE / name).write_bytes(data)
