from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from golden.make_embd import METADATA, POSITIONS, TOKENS, WORDS, Item, Layout, embd, seal
from support.embd_sample import (
    INDEX_AT,
    METADATA_AT,
    METADATA_SIZE,
    NOTE,
    SAMPLE,
    TOKENS_AT,
    VOCAB_AT,
    VOCAB_SIZE,
    attacks,
    poke,
    refused,
)

from encoderfile_runtime.embd.text import read_vocabulary
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from support.embd_sample import Attack


FIRST_ENTRY = METADATA_AT + 8


@attacks(
    ("total-size-less", poke(METADATA_AT + 4, "I", METADATA_SIZE - 9), "metadata total_size is"),
    ("total-size-huge", poke(METADATA_AT + 4, "I", 2**32 - 1), "metadata total_size is"),
    ("entry-count-more", poke(METADATA_AT, "I", len(METADATA) + 1), "the metadata ends before its 10 entries do"),
    ("entry-count-huge", poke(METADATA_AT, "I", 2**32 - 1), "the metadata ends before its 4294967295 entries do"),
    ("entry-count-less", poke(METADATA_AT, "I", len(METADATA) - 1), "bytes follow the 8 metadata entries"),
    ("key-length-past-section", poke(FIRST_ENTRY, "H", 0xFFFF), "bytes past its section"),
    ("value-length-past-section", poke(FIRST_ENTRY + 2, "H", 0xFFFF), "bytes past its section"),
    ("key-empty", poke(FIRST_ENTRY, "2H", 0, 14), "metadata key '' is empty"),
    ("key-not-utf-8", poke(FIRST_ENTRY + 4, "B", 0xFF), "the metadata key is not UTF-8"),
    ("value-not-utf-8", poke(FIRST_ENTRY + 14, "B", 0xFF), "the value of metadata 'model_name' is not UTF-8"),
)
def test_broken_metadata_is_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


def test_a_metadata_key_that_comes_twice_is_refused() -> None:
    raw = embd([NOTE], {"a": "1", "b": "2"})
    refused(seal(raw.replace(b"b2", b"a2")), "metadata key 'a' is empty or comes twice")


def test_a_metadata_section_shorter_than_its_header_is_refused() -> None:
    refused(poke(16, "I", 7)(embd([NOTE], {})), "the metadata section has 7 bytes, its header alone has 8")


@pytest.mark.parametrize("value", ["", "07", "+7", "-7", "7.0", "0x7", " 7", "7\n", "\uff17", "9" * 5000])
def test_numbers_in_metadata_are_plain_decimals(value: str) -> None:
    refused(embd([NOTE], {"num_layers": value}), "metadata num_layers is .* expected a decimal number")


LAYER = "encoder.layer.0."


@pytest.mark.parametrize(
    ("key", "value", "items", "tokens", "message"),
    [
        ("vocab_size", "8", [WORDS], None, "vocab_size is 8 in the metadata, but 7 in the shape of 'embeddings.word"),
        ("vocab_size", "8", [NOTE], TOKENS, "vocab_size is 8 in the metadata, but 7 in the vocabulary"),
        ("model_name", "x", [WORDS], [*TOKENS, "x"], "vocab_size is 8 in the vocabulary, but 7 in the shape of"),
        ("max_position_emb", "2", [POSITIONS], None, "max_position_emb is 2 in the metadata, but 1 in the shape"),
        ("hidden_size", "2", [Item(f"{LAYER}attention.output.dense.weight", 8, (1, 1), b"x")], None, "but 1 in"),
        ("intermediate_size", "2", [Item(f"{LAYER}intermediate.dense.weight", 8, (1, 1), b"x")], None, "but 1 in"),
        ("num_layers", "2", [Item(f"{LAYER}attention.output.dense.weight", 8, (1, 1), b"x")], None, "but 1 by the"),
    ],
)
def test_metadata_that_the_tensors_contradict_is_refused(
    key: str, value: str, items: list[Item], tokens: list[str] | None, message: str
) -> None:
    refused(embd(items, {key: value}, tokens), message)


@attacks(
    ("token-count-huge", poke(VOCAB_AT, "I", 2**32 - 1), "4294967295 tokens do not fit into"),
    ("token-count-more", poke(VOCAB_AT, "I", 8), "vocab_size is 7 in the metadata, but 8 in the vocabulary"),
    ("total-size-more", poke(VOCAB_AT + 4, "I", VOCAB_SIZE - 31), "vocabulary total_size is"),
    ("total-size-less", poke(VOCAB_AT + 4, "I", VOCAB_SIZE - 33), "vocabulary total_size is"),
    ("total-size-huge", poke(VOCAB_AT + 4, "I", 2**32 - 1), "vocabulary total_size is"),
    ("total-size-0", poke(VOCAB_AT + 4, "I", 0), "vocabulary total_size is"),
    ("special-offset-elsewhere", poke(VOCAB_AT + 8, "I", VOCAB_AT + 13), "special token ids at"),
    ("special-offset-huge", poke(VOCAB_AT + 8, "I", 2**32 - 1), "special token ids at"),
    ("special-id-out-of-range", poke(VOCAB_AT + 28, "I", 7), r"special token ids \[0, 1, 2, 3, 7\]"),
    ("special-id-of-another-token", poke(VOCAB_AT + 12, "I", 1), r"token 1 should be \[PAD\] and is '\[UNK\]'"),
    ("token-length-past-section", poke(TOKENS_AT, "H", 0xFFFF), "token 0 ends .* bytes past its section"),
    ("last-token-too-long", poke(INDEX_AT - 5, "H", 4), "token 6 ends 1 bytes past its section"),
    ("last-token-too-short", poke(INDEX_AT - 5, "H", 2), "1 bytes follow the 7 tokens"),
    ("token-split-inside-a-character", poke(INDEX_AT - 9, "H", 1), "the token 5 is not UTF-8"),
)
def test_a_broken_vocabulary_is_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


def test_a_vocabulary_that_ends_early_is_refused() -> None:
    raw = embd([NOTE], {}, [*TOKENS, "", ""])
    section = raw.index(b"##s\0\0\0\0") + 3
    refused(
        seal(raw[: section - 5] + struct.pack("<H", 5) + raw[section - 3 :]), "the vocabulary ends before token 8 of 9"
    )


def test_padding_before_special_ids_that_is_not_zero_is_refused() -> None:
    raw = embd([NOTE], {}, [*TOKENS, "x"], Layout(specials_first=False))
    (total,) = struct.unpack_from("<I", raw, 72 + 4)
    refused(poke(72 + 4, "I", total - 1)(raw), "vocabulary total_size is")


def test_a_vocabulary_section_without_room_for_its_fixed_parts_is_refused() -> None:
    with pytest.raises(FormatError, match="the vocabulary section has 31 bytes"):
        read_vocabulary(memoryview(bytes(31)), 0, 31, "attack")
