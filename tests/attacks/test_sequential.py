from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from golden.make_embd import (
    BIAS,
    GOLDEN,
    LINEAR,
    POSITIONS,
    SEQUENTIAL,
    TOKENS,
    Item,
    floats,
)
from golden.make_embd import (
    sequential as build,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.weights import sequential

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = GOLDEN["pytorch.bin"]
SHAPE_AT = 16 + len(SEQUENTIAL[0].name)
VOCABULARY_AT = len(build([*SEQUENTIAL, BIAS], [])) - 4


def poke(offset: int, layout: str, value: int | bytes) -> bytes:
    patch = struct.pack(f"<{layout}", value)
    return SAMPLE[:offset] + patch + SAMPLE[offset + len(patch) :]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", "the magic needs 4 bytes, 0 are left", id="empty"),
        pytest.param(poke(0, "4s", b"EMBX"), "begins with b'EMBX' version 1", id="magic"),
        pytest.param(poke(4, "I", 2), "begins with b'EMBD' version 2", id="version"),
        pytest.param(poke(8, "I", 0), "0 tensors do not fit", id="no-tensors"),
        pytest.param(poke(8, "I", 2**32 - 1), "4294967295 tensors do not fit", id="tensor-count-huge"),
        pytest.param(poke(8, "I", 5), "PA' has 351556 dimensions", id="tensor-count-more"),
        pytest.param(poke(8, "I", 3), "tokens do not fit", id="tensor-count-less"),
        pytest.param(poke(12, "I", 2**32 - 1), "the name of tensor 0 has 4294967295 bytes", id="name-huge"),
        pytest.param(poke(12, "I", len(SAMPLE)), "the name of tensor 0 needs", id="name-past-end"),
        pytest.param(poke(16, "B", 0xFF), "the name of tensor 0 is not UTF-8", id="name-not-utf-8"),
        pytest.param(build([Item("", 0, (1,), bytes(4))], []) + b"\0", "tensor name '' is empty", id="name-empty"),
        pytest.param(build([POSITIONS, POSITIONS], []), "is empty or comes twice", id="name-twice"),
        pytest.param(poke(SHAPE_AT, "I", 0), "has 0 dimensions, expected 1 to 4", id="ndim-0"),
        pytest.param(poke(SHAPE_AT, "I", 5), "has 5 dimensions, expected 1 to 4", id="ndim-5"),
        pytest.param(poke(SHAPE_AT + 4, "I", 0), "takes 0 bytes", id="zero-size"),
        pytest.param(poke(SHAPE_AT + 4, "I", 2**31), "takes 17179869184 bytes", id="size-wraps-to-0"),
        pytest.param(poke(VOCABULARY_AT, "I", 100_001), "100001 tokens do not fit", id="token-count-past-the-cap"),
        pytest.param(poke(VOCABULARY_AT, "I", 8), "the length of token 7 needs 4 bytes", id="token-count-more"),
        pytest.param(poke(VOCABULARY_AT, "I", 6), "7 bytes follow the vocabulary", id="token-count-less"),
        pytest.param(poke(VOCABULARY_AT + 4, "I", 2**20 + 1), "token 0 has 1048577 bytes", id="token-huge"),
        pytest.param(poke(VOCABULARY_AT + 8, "B", 0xFF), "token 0 is not UTF-8", id="token-not-utf-8"),
        pytest.param(SAMPLE + b"\0", "1 bytes follow the vocabulary", id="trailing-byte"),
        pytest.param(
            build([*SEQUENTIAL, BIAS._replace(shape=(1,), data=floats(1))], TOKENS), "does not fit", id="bias-shape"
        ),
        pytest.param(
            build(
                [
                    *SEQUENTIAL,
                    BIAS,
                    Item(f"1.{LINEAR}weight", 0, (2, 3), bytes(24)),
                    Item(f"1.{LINEAR}bias", 0, (3,), bytes(12)),
                ],
                TOKENS,
            ),
            "some linear weights are",
            id="both-orientations",
        ),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=message):
        sequential.scan(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    for length in range(len(SAMPLE)):
        path.write_bytes(SAMPLE[:length])
        with pytest.raises(FormatError):
            sequential.scan(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=4)), max_size=3))
def test_mutations_raise_nothing_but_format_errors(tmp_path: Path, patches: list[tuple[int, bytes]]) -> None:
    raw = SAMPLE
    for offset, patch in patches:
        raw = raw[:offset] + patch + raw[offset + len(patch) :]
    path = tmp_path / "model.bin"
    path.write_bytes(raw)
    with suppress(FormatError):
        sequential.scan(path)
