"""Write the golden weights files of `embd/`, byte by byte from the specification and with none of the project's code.

Run it from anywhere: `python tests/golden/make_embd.py`.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import NamedTuple

DIRECTORY = Path(__file__).parent / "embd"


class Item(NamedTuple):
    """A tensor with its dtype code."""

    name: str
    code: int
    shape: tuple[int, ...]
    data: bytes


class Layout(NamedTuple):
    """What the specification leaves open, as the project's writer decides it."""

    specials_first: bool = True
    specials_relative: bool = False
    specials_counted: bool = False
    aligned: bool = True
    checksums: bool = True


def embd(
    items: list[Item], metadata: dict[str, str], tokens: list[str] | None = None, layout: Layout | None = None
) -> bytes:
    """An EMBD file."""
    layout = layout or Layout()
    pairs = b"".join(
        struct.pack("<HH", len(key.encode()), len(value.encode())) + key.encode() + value.encode()
        for key, value in metadata.items()
    )
    text = struct.pack("<II", len(metadata), len(pairs)) + pairs
    words = b"" if tokens is None else _vocabulary(64 + len(text), tokens, layout)
    names = b"".join(item.name.encode() for item in items)
    index_offset = 64 + len(text) + len(words)
    names_end = index_offset + 32 * len(items) + len(names)
    step = 64 if layout.aligned else 1
    data_offset = _up(names_end, step)
    index, data = b"", b""
    for item in items:
        data = data.ljust(_up(len(data), step), b"\0")
        sizes = [*item.shape, 0, 0, 0][:4]
        name = item.name.encode()
        index += struct.pack("<IBBH", _fnv1a(name), item.code, len(item.shape), len(name))
        index += struct.pack("<IIIIQ", *sizes, len(data))
        data += item.data
    header = struct.pack(
        "<4sHHIIIIIIIIQQ",
        b"EMBD",
        1,
        0,
        (tokens is not None) | layout.aligned << 1 | layout.checksums << 2,
        64,
        len(text),
        0 if tokens is None else 64 + len(text),
        len(words),
        index_offset,
        len(items),
        data_offset,
        len(data),
        data_offset + len(data) + 16,
    )
    raw = (header + bytes(8) + text + words + index + names).ljust(data_offset, b"\0") + data
    raw += struct.pack("<II4sI", 0, 0, b"DBME", 0)
    return seal(raw) if layout.checksums else raw


def seal(raw: bytes) -> bytes:
    """The file with the three checksums that its bytes have."""
    (data_offset,) = struct.unpack_from("<I", raw, 36)
    (data_size,) = struct.unpack_from("<Q", raw, 40)
    raw = raw[:56] + struct.pack("<I", zlib.crc32(raw[:56])) + raw[60:]
    data = zlib.crc32(raw[data_offset : data_offset + data_size])
    return raw[:-16] + struct.pack("<II", data, zlib.crc32(raw[:-16])) + raw[-8:]


def _vocabulary(offset: int, tokens: list[str], layout: Layout) -> bytes:
    entries = b"".join(struct.pack("<H", len(token.encode())) + token.encode() for token in tokens)
    ids = struct.pack("<5I", *(tokens.index(f"[{name}]") for name in ("PAD", "UNK", "CLS", "SEP", "MASK")))
    at = 12 if layout.specials_first else 12 + len(entries)
    header = struct.pack(
        "<III",
        len(tokens),
        len(entries) + 20 * layout.specials_counted,
        at if layout.specials_relative else offset + at,
    )
    return header + (ids + entries if layout.specials_first else entries + ids)


def _fnv1a(name: bytes) -> int:
    value = 0x811C9DC5
    for byte in name:
        value = ((value ^ byte) * 0x01000193) % 2**32
    return value


def _up(offset: int, step: int) -> int:
    return (offset + step - 1) // step * step


def sequential(items: list[Item], tokens: list[str]) -> bytes:
    """A file of cpp_embedder's own converter."""
    raw = b"EMBD" + struct.pack("<II", 1, len(items))
    for item in items:
        raw += _text(item.name) + struct.pack(f"<{len(item.shape) + 1}I", len(item.shape), *item.shape) + item.data
    return raw + struct.pack("<I", len(tokens)) + b"".join(map(_text, tokens))


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text.encode())) + text.encode()


def floats(*values: float) -> bytes:
    """Values as float32."""
    return struct.pack(f"<{len(values)}f", *values)


TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "é", "##s"]
METADATA = {
    "model_name": "tiny",
    "model_version": "1.0.0",
    "embedding_dim": "2",
    "vocab_size": "7",
    "num_layers": "0",
    "num_attention_heads": "1",
    "hidden_size": "2",
    "intermediate_size": "3",
    "max_position_emb": "1",
}
WORDS = Item("embeddings.word_embeddings.weight", 0, (7, 2), floats(*range(14)))
POSITIONS = Item("embeddings.position_embeddings.weight", 0, (1, 2), floats(0.5, -0.5))
DTYPES = [
    Item("float32", 0, (2,), floats(1.5, -2.0)),
    Item("float16", 1, (1, 2), struct.pack("<2e", 1.5, -2.0)),
    Item("bfloat16", 2, (1, 1, 2), b"\xc0\x3f\x00\xc0"),
    Item("int32", 3, (1, 1, 1, 2), struct.pack("<2i", -(2**31), 2**31 - 1)),
    Item("int16", 4, (2, 1), struct.pack("<2h", -(2**15), 2**15 - 1)),
    Item("int8", 5, (3,), struct.pack("<3b", -128, 0, 127)),
    Item("uint32", 6, (1,), struct.pack("<I", 2**32 - 1)),
    Item("uint16", 7, (1,), struct.pack("<H", 2**16 - 1)),
    Item("uint8", 8, (2,), b"\x00\xff"),
]
LINEAR = "encoder.layer.0.intermediate.dense."
SEQUENTIAL = [WORDS, POSITIONS, Item(f"{LINEAR}weight", 0, (3, 2), floats(1, 2, 3, 4, 5, 6))]
BIAS = Item(f"{LINEAR}bias", 0, (3,), floats(7, 8, 9))
TRANSPOSED = [WORDS, POSITIONS, Item(f"{LINEAR}weight", 0, (2, 3), floats(1, 3, 5, 2, 4, 6))]

GOLDEN = {
    "minimal.embd": embd([Item("x", 0, (2, 3), floats(1, 2, 3, 4, 5, 6))], {"model_name": "é"}),
    "vocabulary.embd": embd([WORDS, POSITIONS], METADATA, TOKENS),
    "dtypes.embd": embd(DTYPES, {}),
    "foreign.embd": embd([WORDS, POSITIONS], METADATA, TOKENS, Layout(False, True, True, False, False)),
    "pytorch.bin": sequential([*SEQUENTIAL, BIAS], TOKENS),
    "transposed.bin": sequential([*TRANSPOSED, BIAS], TOKENS),
}

if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for name, raw in GOLDEN.items():
        (DIRECTORY / name).write_bytes(raw)
