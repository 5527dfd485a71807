"""A small sound EMBD file, where its parts lie, and ways to spoil it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from golden.make_embd import METADATA, POSITIONS, TOKENS, WORDS, Item, embd, seal

from encoderfile_runtime.embd.file import parse
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    Attack = Callable[[bytes], bytes]

NOTE = Item("notes", 8, (3,), b"abc")  # leaves 61 bytes of padding after it
SAMPLE = embd([WORDS, NOTE, POSITIONS], METADATA, TOKENS)

METADATA_AT, METADATA_SIZE, VOCAB_AT, VOCAB_SIZE, INDEX_AT, COUNT, DATA_AT = struct.unpack_from("<7I", SAMPLE, 12)
DATA_SIZE, TOTAL = struct.unpack_from("<2Q", SAMPLE, 40)
NAMES_AT = INDEX_AT + 32 * COUNT
NAMES_END = NAMES_AT + sum(len(item.name) for item in (WORDS, NOTE, POSITIONS))
TOKENS_AT = VOCAB_AT + 32
FOOTER_AT = TOTAL - 16


def check(raw: bytes) -> None:
    """Everything that is ever checked."""
    file = parse(raw, "attack")
    file.verify_checksums()
    file.check_vocabulary()
    for name in file.entries:
        file.tensor(name)


def poke(offset: int, layout: str, *values: int | bytes) -> Attack:
    """Overwrite fields, then make the checksums right again."""

    def attack(raw: bytes) -> bytes:
        patch = struct.pack(f"<{layout}", *values)
        return seal(raw[:offset] + patch + raw[offset + len(patch) :])

    return attack


def spoil(offset: int) -> Attack:
    """Change a byte and leave the checksums as they are."""
    return lambda raw: raw[:offset] + bytes([raw[offset] ^ 1]) + raw[offset + 1 :]


def insert(offset: int, data: bytes, *moved: tuple[int, str]) -> Attack:
    """Insert bytes, move the header fields named by offset and type along, make the checksums right again."""

    def attack(raw: bytes) -> bytes:
        changed = bytearray(raw[:offset] + data + raw[offset:])
        for field, layout in ((48, "<Q"), *moved):
            struct.pack_into(layout, changed, field, struct.unpack_from(layout, changed, field)[0] + len(data))
        return seal(bytes(changed))

    return attack


def descriptor(index: int, field: int) -> int:
    return int(INDEX_AT) + 32 * index + field


def attacks(*cases: tuple[str, Attack, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("attack", "message"), [pytest.param(attack, message, id=name) for name, attack, message in cases]
    )


def refusal(raw: bytes) -> str:
    """Why a file is refused, word for word."""
    with pytest.raises(FormatError) as caught:
        check(raw)
    return str(caught.value)


def refused(raw: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        check(raw)
