from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from golden.make_embd import Layout, embd, seal
from hypothesis import given, settings
from hypothesis import strategies as st
from support.embd_sample import (
    COUNT,
    DATA_AT,
    DATA_SIZE,
    FOOTER_AT,
    INDEX_AT,
    METADATA_AT,
    METADATA_SIZE,
    NAMES_AT,
    NAMES_END,
    NOTE,
    SAMPLE,
    TOTAL,
    VOCAB_AT,
    VOCAB_SIZE,
    attacks,
    check,
    descriptor,
    insert,
    poke,
    refusal,
    refused,
    spoil,
)

from encoderfile_runtime.embd.file import parse
from encoderfile_runtime.embd.layout import FOOTER, HEADER, MAGIC, MAGIC_END, Header
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from support.embd_sample import Attack


def test_the_sample_is_sound() -> None:
    check(SAMPLE)


@attacks(
    ("empty", lambda _: b"", "attack: 0 bytes: an EMBD file has at least 80"),
    ("shorter-than-header-and-footer", lambda raw: raw[:79], "attack: 79 bytes: an EMBD file has at least 80"),
    ("magic", poke(0, "4s", b"EMBX"), "attack at offset 0: begins with b'EMBX', expected b'EMBD'"),
    ("major-version-0", poke(4, "H", 0), "attack at offset 4: format version 0.0: only version 1 is known"),
    ("major-version-2", poke(4, "H", 2), "attack at offset 4: format version 2.0: only version 1 is known"),
    (
        "flag-compressed",
        poke(8, "I", 15),
        "attack at offset 8: flag bit 3 (COMPRESSED) is set, but the format defines no compression",
    ),
    ("header-checksum", spoil(56), "attack at offset 56: header_checksum is 0xdad391fa, the header has 0xdad391fb"),
    ("header-changed", spoil(8), "attack at offset 56: header_checksum is 0xdad391fb, the header has 0xe7627d27"),
    (
        "total-file-size-less",
        poke(48, "Q", TOTAL - 1),
        "attack at offset 48: total_file_size is 663, but there are 664 bytes: followed by other bytes",
    ),
    (
        "total-file-size-more",
        poke(48, "Q", TOTAL + 1),
        "attack at offset 48: total_file_size is 665, but there are 664 bytes: cut short",
    ),
    (
        "total-file-size-huge",
        poke(48, "Q", 2**64 - 1),
        "attack at offset 48: total_file_size is 18446744073709551615, but there are 664 bytes: cut short",
    ),
    (
        "trailing-byte",
        lambda raw: raw + b"\0",
        "attack at offset 48: total_file_size is 664, but there are 665 bytes: followed by other bytes",
    ),
    (
        "end-magic",
        poke(FOOTER_AT + 8, "4s", b"DBMX"),
        f"attack at offset {FOOTER_AT + 8}: ends with b'DBMX', expected b'DBME'",
    ),
    (
        "data-checksum",
        spoil(FOOTER_AT),
        f"attack at offset {FOOTER_AT}: data_checksum is 0x0700471a, the bytes have 0x0700471b",
    ),
    (
        "file-checksum",
        spoil(FOOTER_AT + 4),
        f"attack at offset {FOOTER_AT + 4}: file_checksum is 0x68733bfa, the bytes have 0x68733bfb",
    ),
    (
        "data-changed",
        spoil(DATA_AT),
        f"attack at offset {FOOTER_AT}: data_checksum is 0x0700471b, the bytes have 0x38416f61",
    ),
)
def test_a_broken_frame_is_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


@pytest.mark.parametrize("bit", range(4, 32))
def test_reserved_flag_bits_are_refused(bit: int) -> None:
    refused(poke(8, "I", 7 | 1 << bit)(SAMPLE), "reserved flag bits are set")


@attacks(
    (
        "metadata-in-header",
        poke(12, "I", 63),
        "attack at offset 12: metadata begins at 63, inside the header; if this is a sequential file of cpp_embedder, convert it with `encoderfile weights convert`",
    ),
    (
        "metadata-past-end",
        poke(12, "I", 2**32 - 1),
        "attack at offset 12: the metadata ends at 4294967474, past the footer at 648",
    ),
    (
        "metadata-size-huge",
        poke(16, "I", 2**32 - 1),
        "attack at offset 12: the metadata ends at 4294967359, past the footer at 648",
    ),
    (
        "metadata-after-vocabulary",
        poke(16, "I", METADATA_SIZE + 1),
        "attack at offset 20: the vocabulary begins at 243, before the section ahead of it ends at 244",
    ),
    (
        "vocabulary-without-flag",
        poke(8, "I", 6),
        "attack at offset 20: there is a vocabulary section, but the flag VOCAB_EMBEDDED is not set",
    ),
    (
        "vocabulary-before-metadata",
        poke(20, "I", METADATA_AT),
        "attack at offset 20: the vocabulary begins at 64, before the section ahead of it ends at 243",
    ),
    (
        "vocabulary-size-huge",
        poke(24, "I", 2**32 - 1),
        "attack at offset 20: the vocabulary ends at 4294967538, past the footer at 648",
    ),
    (
        "vocabulary-over-index",
        poke(24, "I", VOCAB_SIZE + 1),
        "attack at offset 28: the tensor index begins at 320, before the section ahead of it ends at 321",
    ),
    (
        "index-before-vocabulary",
        poke(28, "I", VOCAB_AT),
        "attack at offset 28: the tensor index begins at 243, before the section ahead of it ends at 320",
    ),
    (
        "index-past-end",
        poke(28, "I", 2**32 - 1),
        "attack at offset 28: the tensor index ends at 4294967391, past the footer at 648",
    ),
    (
        "index-count-huge",
        poke(32, "I", 2**32 - 1),
        "attack at offset 28: the tensor index ends at 137438953760, past the footer at 648",
    ),
    ("index-count-0", poke(32, "I", 0), "attack at offset 32: the file has no tensors"),
    (
        "index-count-more",
        poke(32, "I", COUNT + 1),
        f"attack at offset {INDEX_AT}: name_hash of 'tnotesembeddings.position_embeddi' is 0xdb668d90, expected 0x99fb47b6",
    ),
    (
        "index-count-less",
        poke(32, "I", COUNT - 1),
        f"attack at offset {descriptor(2, 0)}: the name of the tensor is not UTF-8",
    ),
    (
        "data-in-index",
        poke(36, "I", NAMES_AT - 1),
        "attack at offset 36: the tensor data begins at 415, before the section ahead of it ends at 416",
    ),
    (
        "data-in-names",
        poke(36, "I", NAMES_AT + 1),
        f"attack at offset {descriptor(0, 6)}: the tensor's name ends at 449, past the start of the data",
    ),
    (
        "data-past-end",
        poke(36, "I", FOOTER_AT + 1),
        "attack at offset 36: the tensor data ends at 785, past the footer at 648",
    ),
    (
        "data-size-huge",
        poke(40, "Q", 2**64 - 1),
        "attack at offset 36: the tensor data ends at 18446744073709552127, past the footer at 648",
    ),
    (
        "data-size-one-more",
        poke(40, "Q", DATA_SIZE + 1),
        "attack at offset 36: the tensor data ends at 649, past the footer at 648",
    ),
    (
        "data-size-one-less",
        poke(40, "Q", DATA_SIZE - 1),
        f"attack at offset {descriptor(2, 24)}: 'embeddings.position_embeddings.weight' ends at 136 of 135 bytes of tensor data",
    ),
)
def test_sections_that_overlap_or_leave_the_file_are_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


@attacks(
    (
        "before-metadata",
        insert(64, b"\1", *((at, "<I") for at in (12, 20, 28, 36))),
        f"attack at offset {METADATA_AT}: padding of 1 bytes is not all zeros",
    ),
    (
        "before-vocabulary",
        insert(VOCAB_AT, b"\1", *((at, "<I") for at in (20, 28, 36))),
        f"attack at offset {VOCAB_AT}: padding of 1 bytes is not all zeros",
    ),
    (
        "before-index",
        insert(INDEX_AT, b"\1", (28, "<I"), (36, "<I")),
        f"attack at offset {INDEX_AT}: padding of 1 bytes is not all zeros",
    ),
    ("before-data", poke(DATA_AT - 1, "B", 1), f"attack at offset {NAMES_END}: padding of 21 bytes is not all zeros"),
    (
        "between-tensors",
        poke(DATA_AT + 64 + 3, "B", 1),
        f"attack at offset {DATA_AT + 67}: padding of 61 bytes is not all zeros",
    ),
    (
        "after-the-last-tensor",
        insert(FOOTER_AT, b"\1", (40, "<Q")),
        f"attack at offset {FOOTER_AT}: padding of 1 bytes is not all zeros",
    ),
    ("before-footer", insert(FOOTER_AT, b"\1"), f"attack at offset {FOOTER_AT}: padding of 1 bytes is not all zeros"),
    (
        "page-before-data",
        insert(DATA_AT, bytes(4096), (36, "<I")),
        f"attack at offset {NAMES_END}: 4117 bytes belong to nothing; padding is shorter than 4096",
    ),
    (
        "line-after-the-last-tensor",
        insert(FOOTER_AT, bytes(64), (40, "<Q")),
        f"attack at offset {FOOTER_AT}: 64 bytes belong to nothing; padding is shorter than 64",
    ),
    (
        "line-before-footer",
        insert(FOOTER_AT, bytes(64)),
        f"attack at offset {FOOTER_AT}: 64 bytes belong to nothing; padding is shorter than 64",
    ),
)
def test_bytes_that_belong_to_nothing_are_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


@attacks(
    (
        "name-hash",
        poke(descriptor(0, 0), "I", 0),
        f"attack at offset {INDEX_AT}: name_hash of 'embeddings.word_embeddings.weight' is 0x00000000, expected 0xdb668d90",
    ),
    (
        "name-changed",
        poke(NAMES_AT, "B", ord("E")),
        f"attack at offset {INDEX_AT}: name_hash of 'Embeddings.word_embeddings.weight' is 0xdb668d90, expected 0xbf7a5670",
    ),
    ("name-not-utf-8", poke(NAMES_AT, "B", 0xFF), f"attack at offset {NAMES_AT}: the name of the tensor is not UTF-8"),
    ("name-empty", poke(descriptor(0, 6), "H", 0), f"attack at offset {descriptor(0, 6)}: a tensor's name is empty"),
    (
        "name-length-past-data",
        poke(descriptor(2, 6), "H", 0xFFFF),
        f"attack at offset {descriptor(2, 6)}: the tensor's name ends at 65989, past the start of the data",
    ),
    (
        "dtype-9",
        poke(descriptor(0, 4), "B", 9),
        f"attack at offset {descriptor(0, 4)}: 'embeddings.word_embeddings.weight' has unknown dtype 9",
    ),
    (
        "dtype-255",
        poke(descriptor(0, 4), "B", 255),
        f"attack at offset {descriptor(0, 4)}: 'embeddings.word_embeddings.weight' has unknown dtype 255",
    ),
    (
        "ndim-0",
        poke(descriptor(0, 5), "B", 0),
        f"attack at offset {descriptor(0, 5)}: 'embeddings.word_embeddings.weight' has 0 dimensions, expected 1 to 4",
    ),
    (
        "ndim-5",
        poke(descriptor(0, 5), "B", 5),
        f"attack at offset {descriptor(0, 5)}: 'embeddings.word_embeddings.weight' has 5 dimensions, expected 1 to 4",
    ),
    (
        "zero-size",
        poke(descriptor(0, 8), "I", 0),
        f"attack at offset {descriptor(0, 8)}: 'embeddings.word_embeddings.weight' has shape fields [0, 2, 0, 0], expected 2 sizes and then zeros",
    ),
    (
        "unused-size-not-0",
        poke(descriptor(0, 16), "I", 1),
        f"attack at offset {descriptor(0, 8)}: 'embeddings.word_embeddings.weight' has shape fields [7, 2, 1, 0], expected 2 sizes and then zeros",
    ),
    (
        "last-unused-size-not-0",
        poke(descriptor(0, 20), "I", 1),
        f"attack at offset {descriptor(0, 8)}: 'embeddings.word_embeddings.weight' has shape fields [7, 2, 0, 1], expected 2 sizes and then zeros",
    ),
    (
        "fewer-dimensions-than-sizes",
        poke(descriptor(0, 5), "B", 1),
        f"attack at offset {descriptor(0, 8)}: 'embeddings.word_embeddings.weight' has shape fields [7, 2, 0, 0], expected 1 sizes and then zeros",
    ),
    (
        "product-past-2-to-the-64",
        poke(descriptor(0, 5), "BH4I", 4, 33, *[2**32 - 1] * 4),
        f"attack at offset {descriptor(0, 24)}: 'embeddings.word_embeddings.weight' ends at 1361129466416103254067990885930679402500 of 136 bytes of tensor data",
    ),
    (
        "product-wraps-to-0",
        poke(descriptor(0, 5), "BH4I", 4, 33, *[2**16] * 4),
        f"attack at offset {descriptor(0, 24)}: 'embeddings.word_embeddings.weight' ends at 73786976294838206464 of 136 bytes of tensor data",
    ),
    (
        "data-offset-out-of-range",
        poke(descriptor(0, 24), "Q", 192),
        f"attack at offset {descriptor(0, 24)}: 'embeddings.word_embeddings.weight' ends at 248 of 136 bytes of tensor data",
    ),
    (
        "data-offset-huge",
        poke(descriptor(0, 24), "Q", 2**64 - 64),
        f"attack at offset {descriptor(0, 24)}: 'embeddings.word_embeddings.weight' ends at 18446744073709551608 of 136 bytes of tensor data",
    ),
    (
        "data-offset-misaligned",
        poke(descriptor(2, 24), "Q", 120),
        f"attack at offset {descriptor(2, 24)}: 'embeddings.position_embeddings.weight' has offset 120, but TENSORS_ALIGNED promises multiples of 64",
    ),
    (
        "tensors-overlap",
        poke(descriptor(2, 24), "Q", 0),
        f"attack at offset {DATA_AT}: tensor 'embeddings.position_embeddings.weight' overlaps another, which ends at 568",
    ),
    (
        "tensors-share-a-line",
        poke(descriptor(1, 24), "Q", 0),
        f"attack at offset {DATA_AT}: tensor 'notes' overlaps another, which ends at 568",
    ),
    (
        "tensor-too-long",
        poke(descriptor(0, 8), "I", 9),
        f"attack at offset {DATA_AT + 64}: tensor 'notes' overlaps another, which ends at 584",
    ),
)
def test_a_broken_tensor_index_is_refused(attack: Attack, message: str) -> None:
    assert message == refusal(attack(SAMPLE))


@pytest.mark.parametrize("field", [20, 24], ids=["offset", "size"])
def test_half_a_vocabulary_without_the_flag_is_refused(field: int) -> None:
    raw = poke(field, "I", 1)(embd([NOTE], {}))
    message = "there is a vocabulary section, but the flag VOCAB_EMBEDDED is not set"
    assert f"attack at offset 20: {message}" == refusal(raw)


def test_a_header_and_a_footer_alone_have_no_tensors() -> None:
    header = Header(MAGIC, 1, 0, 0, 64, 0, 0, 0, 64, 0, 64, 0, 80, 0, 0)
    raw = seal(HEADER.pack(*header) + FOOTER.pack(0, 0, MAGIC_END, 0))
    assert refusal(raw[:80]) == "attack at offset 32: the file has no tensors"


def test_padding_before_the_data_is_shorter_than_a_page() -> None:
    room = 4095 - (DATA_AT - NAMES_END)
    check(insert(DATA_AT, bytes(room), (36, "<I"))(SAMPLE))
    message = "4096 bytes belong to nothing; padding is shorter than 4096"
    assert f"attack at offset {NAMES_END}: {message}" == refusal(insert(DATA_AT, bytes(room + 1), (36, "<I"))(SAMPLE))


def test_duplicate_names_are_refused() -> None:
    refused(embd([NOTE, NOTE], {}), "tensor name 'notes' comes twice")


@pytest.mark.parametrize("field", [56, -16, -12], ids=["header", "data", "file"])
def test_a_wrong_checksum_is_refused_even_without_the_flag(field: int) -> None:
    raw = bytearray(embd([NOTE], {}, None, Layout(checksums=False)))
    struct.pack_into("<I", raw, field % len(raw), 1)
    refused(bytes(raw), "checksum is 0x00000001")


def test_every_truncation_is_refused() -> None:
    for length in range(len(SAMPLE)):
        refused(SAMPLE[:length], "cut short|at least 80|header_checksum|ends with")


def test_every_changed_byte_is_noticed() -> None:
    reserved = range(len(SAMPLE) - 4, len(SAMPLE))
    for offset in range(len(SAMPLE)):
        raw = spoil(offset)(SAMPLE)
        if offset in reserved:
            assert parse(raw, "x").warnings
        else:
            refused(raw, re.escape("attack"))


@settings(max_examples=300, deadline=None)
@given(
    patches=st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=8)), max_size=4),
    length=st.integers(80, len(SAMPLE)),
    sealed=st.booleans(),
)
def test_mutations_raise_nothing_but_format_errors(patches: list[tuple[int, bytes]], length: int, sealed: bool) -> None:
    raw = SAMPLE
    for offset, patch in patches:
        raw = raw[:offset] + patch + raw[offset + len(patch) :]
    raw = raw[:length] if length % 2 else raw
    with suppress(FormatError):
        check(seal(raw) if sealed else raw)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_format_errors(raw: bytes) -> None:
    refused(raw, "attack")
