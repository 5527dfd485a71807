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
    refusal,
    refused,
)

from encoderfile_runtime.embd.file import parse
from encoderfile_runtime.embd.text import SPECIAL_IDS, VOCABULARY_HEADER, VocabularySection, read_vocabulary
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from support.embd_sample import Attack


FIRST_ENTRY = METADATA_AT + 8


@attacks(
    (
        "total-size-less",
        poke(METADATA_AT + 4, "I", METADATA_SIZE - 9),
        f"attack at offset {METADATA_AT + 4}: metadata total_size is 170, the section holds 171 bytes",
    ),
    (
        "total-size-huge",
        poke(METADATA_AT + 4, "I", 2**32 - 1),
        f"attack at offset {METADATA_AT + 4}: metadata total_size is 4294967295, the section holds 171 bytes",
    ),
    (
        "entry-count-more",
        poke(METADATA_AT, "I", len(METADATA) + 1),
        f"attack at offset {VOCAB_AT}: the metadata ends before its 10 entries do",
    ),
    (
        "entry-count-huge",
        poke(METADATA_AT, "I", 2**32 - 1),
        f"attack at offset {VOCAB_AT}: the metadata ends before its 4294967295 entries do",
    ),
    (
        "entry-count-less",
        poke(METADATA_AT, "I", len(METADATA) - 1),
        f"attack at offset {VOCAB_AT - 21}: 21 bytes follow the 8 metadata entries",
    ),
    (
        "key-length-past-section",
        poke(FIRST_ENTRY, "H", 0xFFFF),
        f"attack at offset {FIRST_ENTRY}: a metadata entry ends 65372 bytes past its section",
    ),
    (
        "value-length-past-section",
        poke(FIRST_ENTRY + 2, "H", 0xFFFF),
        f"attack at offset {FIRST_ENTRY}: a metadata entry ends 65378 bytes past its section",
    ),
    (
        "key-empty",
        poke(FIRST_ENTRY, "2H", 0, 14),
        f"attack at offset {FIRST_ENTRY + 4}: metadata key '' is empty or comes twice",
    ),
    (
        "key-not-utf-8",
        poke(FIRST_ENTRY + 4, "B", 0xFF),
        f"attack at offset {FIRST_ENTRY + 4}: the metadata key is not UTF-8",
    ),
    (
        "value-not-utf-8",
        poke(FIRST_ENTRY + 14, "B", 0xFF),
        f"attack at offset {FIRST_ENTRY + 14}: the value of metadata 'model_name' is not UTF-8",
    ),
)
def test_broken_metadata_is_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


def test_a_metadata_key_that_comes_twice_is_refused() -> None:
    raw = embd([NOTE], {"a": "1", "b": "2"})
    refused(seal(raw.replace(b"b2", b"a2")), "metadata key 'a' is empty or comes twice")


def test_a_metadata_section_shorter_than_its_header_is_refused() -> None:
    message = f"attack at offset {METADATA_AT}: the metadata section has 7 bytes, its header alone has 8"
    assert message == refusal(poke(16, "I", 7)(embd([NOTE], {})))


def test_a_metadata_entry_of_nothing_has_an_empty_key() -> None:
    message = f"attack at offset {FIRST_ENTRY + 4}: metadata key '' is empty or comes twice"
    assert message == refusal(embd([NOTE], {"": ""}))


def test_a_long_value_is_shown_in_part() -> None:
    message = f"metadata num_layers is {'9' * 40!r}, expected a decimal number"
    assert f"attack at offset {METADATA_AT}: {message}" == refusal(embd([NOTE], {"num_layers": "9" * 41}))


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
    (
        "token-count-huge",
        poke(VOCAB_AT, "I", 2**32 - 1),
        f"attack at offset {VOCAB_AT}: 4294967295 tokens do not fit into 45 bytes",
    ),
    (
        "token-count-more",
        poke(VOCAB_AT, "I", 8),
        f"attack at offset {METADATA_AT}: vocab_size is 7 in the metadata, but 8 in the vocabulary",
    ),
    (
        "total-size-more",
        poke(VOCAB_AT + 4, "I", VOCAB_SIZE - 31),
        f"attack at offset {VOCAB_AT + 4}: vocabulary total_size is 46, the section has room for 45 bytes",
    ),
    (
        "total-size-less",
        poke(VOCAB_AT + 4, "I", VOCAB_SIZE - 33),
        f"attack at offset {VOCAB_AT + 4}: vocabulary total_size is 44, the section has room for 45 bytes",
    ),
    (
        "total-size-huge",
        poke(VOCAB_AT + 4, "I", 2**32 - 1),
        f"attack at offset {VOCAB_AT + 4}: vocabulary total_size is 4294967295, the section has room for 45 bytes",
    ),
    (
        "total-size-0",
        poke(VOCAB_AT + 4, "I", 0),
        f"attack at offset {VOCAB_AT + 4}: vocabulary total_size is 0, the section has room for 45 bytes",
    ),
    (
        "special-offset-elsewhere",
        poke(VOCAB_AT + 8, "I", VOCAB_AT + 13),
        f"attack at offset {VOCAB_AT + 8}: special token ids at 256: expected 255 or 300",
    ),
    (
        "special-offset-huge",
        poke(VOCAB_AT + 8, "I", 2**32 - 1),
        f"attack at offset {VOCAB_AT + 8}: special token ids at 4294967295: expected 255 or 300",
    ),
    (
        "special-id-out-of-range",
        poke(VOCAB_AT + 28, "I", 7),
        f"attack at offset {VOCAB_AT + 12}: special token ids [0, 1, 2, 3, 7]: the vocabulary has 7 tokens",
    ),
    (
        "special-id-of-another-token",
        poke(VOCAB_AT + 12, "I", 1),
        f"attack at offset {TOKENS_AT}: token 1 should be [PAD] and is '[UNK]'",
    ),
    (
        "token-length-past-section",
        poke(TOKENS_AT, "H", 0xFFFF),
        f"attack at offset {TOKENS_AT}: token 0 ends 65492 bytes past its section",
    ),
    (
        "last-token-too-long",
        poke(INDEX_AT - 5, "H", 4),
        f"attack at offset {INDEX_AT - 5}: token 6 ends 1 bytes past its section",
    ),
    (
        "last-token-too-short",
        poke(INDEX_AT - 5, "H", 2),
        f"attack at offset {INDEX_AT - 1}: 1 bytes follow the 7 tokens",
    ),
    (
        "token-split-inside-a-character",
        poke(INDEX_AT - 9, "H", 1),
        f"attack at offset {INDEX_AT - 7}: the token 5 is not UTF-8",
    ),
)
def test_a_broken_vocabulary_is_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


def test_a_vocabulary_that_ends_early_is_refused() -> None:
    raw = embd([NOTE], {}, [*TOKENS, "", ""])
    section = raw.index(b"##s\0\0\0\0") + 3
    changed = seal(raw[: section - 5] + struct.pack("<H", 5) + raw[section - 3 :])
    assert f"attack at offset {section + 4}: the vocabulary ends before token 8 of 9" == refusal(changed)


def test_padding_before_special_ids_that_is_not_zero_is_refused() -> None:
    raw = embd([NOTE], {}, [*TOKENS, "x"], Layout(specials_first=False))
    (total,) = struct.unpack_from("<I", raw, 72 + 4)
    refused(poke(72 + 4, "I", total - 1)(raw), "vocabulary total_size is")


def test_a_vocabulary_section_without_room_for_its_fixed_parts_is_refused() -> None:
    message = "attack at offset 9: the vocabulary section has 31 bytes, its fixed parts alone have 32"
    assert message == _refused_section(bytes(31))


def _section(
    count: int, tokens: bytes, padding: bytes = b"", *, first: bool = False, ids: tuple[int, ...] = ()
) -> bytes:
    """A vocabulary section whose special ids stand before or after the tokens, in a file that holds it at offset 9."""
    specials = SPECIAL_IDS.pack(*(ids or range(5)))
    parts = (specials, tokens, padding) if first else (tokens, padding, specials)
    at = VOCABULARY_HEADER.size + (0 if first else len(tokens) + len(padding))
    return VOCABULARY_HEADER.pack(count, len(tokens), at) + b"".join(parts)


def _read_section(section: bytes) -> VocabularySection:
    return read_vocabulary(memoryview(bytes(9) + section + b"\1"), 9, len(section), "attack")


def _refused_section(section: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        _read_section(section)
    return str(caught.value)


@pytest.mark.parametrize(("padding", "first"), [(0, False), (1, False), (3, False), (0, True)])
def test_zeros_up_to_four_bytes_may_align_special_ids_after_the_tokens(padding: int, first: bool) -> None:
    begin = 9 + 12 + (20 if first else 0)

    section = _read_section(_section(5, bytes(10), bytes(padding), first=first))

    assert section == (5, (0, 1, 2, 3, 4), begin, begin + 10)


@pytest.mark.parametrize(
    ("padding", "first"), [(bytes(4), False), (bytes(1), True), (bytes(4), True), (b"\0\1", False), (b"\1", False)]
)
def test_other_padding_in_a_vocabulary_is_refused(padding: bytes, first: bool) -> None:
    message = f"vocabulary total_size is 10, the section has room for {10 + len(padding)} bytes"
    assert f"attack at offset 13: {message}" == _refused_section(_section(5, bytes(10), padding, first=first))


def test_each_token_has_two_bytes_at_least() -> None:
    assert _refused_section(_section(6, bytes(10))) == "attack at offset 9: 6 tokens do not fit into 10 bytes"


def test_a_vocabulary_of_nothing_lacks_the_special_tokens() -> None:
    message = "special token ids [0, 0, 0, 0, 0]: the vocabulary has 0 tokens"
    assert f"attack at offset 21: {message}" == _refused_section(_section(0, b"", ids=(0,) * 5))


@pytest.mark.parametrize("length", [255, 256, 257, 65535])
def test_a_token_may_be_as_long_as_its_length_can_say(length: int) -> None:
    tokens = [*TOKENS[:5], "x" * length]
    file = parse(embd([NOTE], {}, tokens), "x")
    assert file.vocabulary == tokens
