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
    refused,
    spoil,
)

from encoderfile_runtime.embd.file import parse
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from support.embd_sample import Attack


def test_the_sample_is_sound() -> None:
    check(SAMPLE)


@attacks(
    ("empty", lambda _: b"", "0 bytes: an EMBD file has at least 80"),
    ("shorter-than-header-and-footer", lambda raw: raw[:79], "79 bytes"),
    ("magic", poke(0, "4s", b"EMBX"), "at offset 0: begins with b'EMBX'"),
    ("major-version-0", poke(4, "H", 0), "at offset 4: format version 0.0"),
    ("major-version-2", poke(4, "H", 2), "at offset 4: format version 2.0"),
    ("flag-compressed", poke(8, "I", 15), "at offset 8: flag bit 3"),
    ("header-checksum", spoil(56), "at offset 56: header_checksum"),
    ("header-changed", spoil(8), "at offset 56: header_checksum"),
    ("total-file-size-less", poke(48, "Q", TOTAL - 1), f"is {TOTAL - 1}, but there are {TOTAL} bytes: followed"),
    ("total-file-size-more", poke(48, "Q", TOTAL + 1), f"is {TOTAL + 1}, but there are {TOTAL} bytes: cut short"),
    ("total-file-size-huge", poke(48, "Q", 2**64 - 1), "cut short"),
    ("trailing-byte", lambda raw: raw + b"\0", "followed by other bytes"),
    ("end-magic", poke(FOOTER_AT + 8, "4s", b"DBMX"), "ends with b'DBMX'"),
    ("data-checksum", spoil(FOOTER_AT), f"at offset {FOOTER_AT}: data_checksum"),
    ("file-checksum", spoil(FOOTER_AT + 4), f"at offset {FOOTER_AT + 4}: file_checksum"),
    ("data-changed", spoil(DATA_AT), f"at offset {FOOTER_AT}: data_checksum"),
)
def test_a_broken_frame_is_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


@pytest.mark.parametrize("bit", range(4, 32))
def test_reserved_flag_bits_are_refused(bit: int) -> None:
    refused(poke(8, "I", 7 | 1 << bit)(SAMPLE), "reserved flag bits are set")


@attacks(
    ("metadata-in-header", poke(12, "I", 63), "at offset 12: metadata begins at 63, inside the header"),
    ("metadata-past-end", poke(12, "I", 2**32 - 1), "at offset 12: the metadata ends at"),
    ("metadata-size-huge", poke(16, "I", 2**32 - 1), "at offset 12: the metadata ends at"),
    ("metadata-after-vocabulary", poke(16, "I", METADATA_SIZE + 1), "at offset 20: the vocabulary begins at"),
    ("vocabulary-without-flag", poke(8, "I", 6), "at offset 20: there is a vocabulary section, but the flag"),
    ("vocabulary-before-metadata", poke(20, "I", METADATA_AT), "at offset 20: the vocabulary begins at 64"),
    ("vocabulary-size-huge", poke(24, "I", 2**32 - 1), "at offset 20: the vocabulary ends at"),
    ("vocabulary-over-index", poke(24, "I", VOCAB_SIZE + 1), "at offset 28: the tensor index begins at"),
    ("index-before-vocabulary", poke(28, "I", VOCAB_AT), "at offset 28: the tensor index begins at"),
    ("index-past-end", poke(28, "I", 2**32 - 1), "at offset 28: the tensor index ends at"),
    ("index-count-huge", poke(32, "I", 2**32 - 1), "at offset 28: the tensor index ends at"),
    ("index-count-0", poke(32, "I", 0), "at offset 32: the file has no tensors"),
    ("index-count-more", poke(32, "I", COUNT + 1), "name"),
    ("index-count-less", poke(32, "I", COUNT - 1), "name"),
    ("data-in-index", poke(36, "I", NAMES_AT - 1), "at offset 36: the tensor data begins at"),
    ("data-in-names", poke(36, "I", NAMES_AT + 1), "name ends at"),
    ("data-past-end", poke(36, "I", FOOTER_AT + 1), "at offset 36: the tensor data ends at"),
    ("data-size-huge", poke(40, "Q", 2**64 - 1), "at offset 36: the tensor data ends at"),
    ("data-size-one-more", poke(40, "Q", DATA_SIZE + 1), "at offset 36: the tensor data ends at"),
    ("data-size-one-less", poke(40, "Q", DATA_SIZE - 1), "bytes of tensor data"),
)
def test_sections_that_overlap_or_leave_the_file_are_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


@attacks(
    ("before-metadata", insert(64, b"\1", *((at, "<I") for at in (12, 20, 28, 36))), "padding of 1 bytes is not"),
    ("before-vocabulary", insert(VOCAB_AT, b"\1", *((at, "<I") for at in (20, 28, 36))), "padding of 1 bytes"),
    ("before-index", insert(INDEX_AT, b"\1", (28, "<I"), (36, "<I")), "padding of 1 bytes"),
    ("before-data", poke(DATA_AT - 1, "B", 1), f"at offset {NAMES_END}: padding"),
    ("between-tensors", poke(DATA_AT + 64 + 3, "B", 1), f"at offset {DATA_AT + 64 + 3}: padding of 61"),
    ("after-the-last-tensor", insert(FOOTER_AT, b"\1", (40, "<Q")), f"at offset {FOOTER_AT}: padding of 1"),
    ("before-footer", insert(FOOTER_AT, b"\1"), f"at offset {FOOTER_AT}: padding of 1"),
    ("page-before-data", insert(DATA_AT, bytes(4096), (36, "<I")), "bytes belong to nothing; padding is shorter than"),
    ("line-after-the-last-tensor", insert(FOOTER_AT, bytes(64), (40, "<Q")), "64 bytes belong to nothing"),
    ("line-before-footer", insert(FOOTER_AT, bytes(64)), "64 bytes belong to nothing"),
)
def test_bytes_that_belong_to_nothing_are_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


@attacks(
    ("name-hash", poke(descriptor(0, 0), "I", 0), "name_hash of 'embeddings.word_embeddings.weight' is 0x00000000"),
    ("name-changed", poke(NAMES_AT, "B", ord("E")), "name_hash of 'Embeddings"),
    ("name-not-utf-8", poke(NAMES_AT, "B", 0xFF), f"at offset {NAMES_AT}: the name of the tensor is not UTF-8"),
    ("name-empty", poke(descriptor(0, 6), "H", 0), "a tensor's name is empty"),
    ("name-length-past-data", poke(descriptor(2, 6), "H", 0xFFFF), "name ends at"),
    ("dtype-9", poke(descriptor(0, 4), "B", 9), "unknown dtype 9"),
    ("dtype-255", poke(descriptor(0, 4), "B", 255), "unknown dtype 255"),
    ("ndim-0", poke(descriptor(0, 5), "B", 0), "has 0 dimensions"),
    ("ndim-5", poke(descriptor(0, 5), "B", 5), "has 5 dimensions"),
    ("zero-size", poke(descriptor(0, 8), "I", 0), "has shape fields"),
    ("unused-size-not-0", poke(descriptor(0, 16), "I", 1), "has shape fields"),
    ("last-unused-size-not-0", poke(descriptor(0, 20), "I", 1), "has shape fields"),
    ("fewer-dimensions-than-sizes", poke(descriptor(0, 5), "B", 1), "has shape fields"),
    ("product-past-2-to-the-64", poke(descriptor(0, 5), "BH4I", 4, 33, *[2**32 - 1] * 4), "bytes of tensor data"),
    ("product-wraps-to-0", poke(descriptor(0, 5), "BH4I", 4, 33, *[2**16] * 4), "bytes of tensor data"),
    ("data-offset-out-of-range", poke(descriptor(0, 24), "Q", 192), "bytes of tensor data"),
    ("data-offset-huge", poke(descriptor(0, 24), "Q", 2**64 - 64), "bytes of tensor data"),
    ("data-offset-misaligned", poke(descriptor(2, 24), "Q", 120), "TENSORS_ALIGNED promises"),
    ("tensors-overlap", poke(descriptor(2, 24), "Q", 0), "overlaps another"),
    ("tensors-share-a-line", poke(descriptor(1, 24), "Q", 0), "overlaps another"),
    ("tensor-too-long", poke(descriptor(0, 8), "I", 9), "overlaps another"),
)
def test_a_broken_tensor_index_is_refused(attack: Attack, message: str) -> None:
    refused(attack(SAMPLE), message)


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
