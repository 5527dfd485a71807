"""Normalization and pre-tokenization give the same under every Python, whatever Unicode its own tables are of.

The digests were taken when the results equalled those of the `tokenizers` library.
"""

from __future__ import annotations

import hashlib
import json
import random
from base64 import b64encode
from typing import Any

import pytest

from encoderfile_runtime.tokenizer import Tokenizer

BERT = {
    "type": "BertNormalizer",
    "clean_text": True,
    "handle_chinese_chars": True,
    "strip_accents": True,
    "lowercase": True,
}
STRIPPED = [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]
GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CUT: list[dict[str, Any]] = [
    {"type": "Whitespace"},
    {"type": "Digits", "individual_digits": True},
    {"type": "Punctuation"},
]
# The blocks with cases, marks and decompositions; in the long ones of ideographs and syllables no version differs.
BLOCKS = (range(0x2200), range(0xA640, 0xABF0), range(0xFB00, 0xFC00), range(0x10780, 0x11A00), range(0x1E000, 0x1E980))
CHARACTERS = [chr(code) for block in BLOCKS for code in block]
# Marks and letters that came with Unicode 11 to 16, and parts of compositions.
LATER = [chr(code) for code in (
    0x898, 0xC3C, 0x1715, 0x1ABF, 0x1ACF, 0x10EFD, 0x1133B, 0x11930, 0x11935, 0x11938, 0x11F41, 0x1E030, 0x1E4EC,
    0xA7F2, 0x10781, 0x1FBF0, 0x32FF, 0x16121, 0x113B8, 0x113C2, 0x113C5, 0x16D63, 0x16D67, 0x1C89, 0xA7CB, 0x2EBF0,
    0x61, 0x65, 0x301, 0x323, 0x334, 0x345, 0xF73, 0x1D165, 0x302E, 0x1100, 0x1161, 0x11A8, 0xAC00, 0x130, 0x3A3,
)]  # fmt: skip


def every_byte_but_line_ends() -> bytes:
    """A charsmap that puts an x in the place of each short cluster, and of each character in long ones."""
    units = [0] * 1024
    units[0] = 256 << 10
    for byte in {*range(1, 256)} - {*b"\r\n"}:
        units[256 ^ byte] = byte | 1 << 8 | 512 << 10
    return b"\0\x10\0\0" + b"".join(unit.to_bytes(4, "little") for unit in units) + b"x\0"


def texts() -> list[str]:
    between_letters = (f"a{character}b" for character in CHARACTERS)
    words = list(between_letters)
    generator = random.Random(3)  # noqa: S311, texts are no secrets
    mixed = ["".join(LATER[generator.getrandbits(16) % len(LATER)] for _ in range(12)) for _ in range(1500)]
    return [" ".join(words[start : start + 512]) for start in range(0, len(words), 512)] + mixed


def digest(normalizer: dict[str, Any] | None, pre_tokenizers: list[dict[str, Any]]) -> str:
    """What is found of all texts with a vocabulary of single characters."""
    letters = ["[UNK]", *CHARACTERS, *LATER]
    vocab = {token: number for number, token in enumerate(dict.fromkeys([*letters, *(f"##{c}" for c in letters)]))}
    definition = {
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": pre_tokenizers},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    }
    tokenizer = Tokenizer.from_json(definition)
    encodings = [tokenizer.encode(text) for text in texts()]
    found = [[encoding.tokens, encoding.offsets] for encoding in encodings]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("normalizer", "expected"),
    [
        ({"type": "NFC"}, "12cf387260185528"),
        ({"type": "NFKC"}, "e5882924e3c1d866"),
        ({"type": "NFKD"}, "8af3995287be5f8e"),
        ({"type": "Sequence", "normalizers": STRIPPED}, "ad812065da757dd3"),
        (BERT, "630fafd38e4a1738"),
    ],
    ids=["NFC", "NFKC", "NFKD", "NFD, StripAccents, Lowercase", "BertNormalizer"],
)
def test_results_are_those_of_every_other_python(normalizer: dict[str, Any], expected: str) -> None:
    assert digest(normalizer, CUT) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [(GPT_2, "8f2cf99be6f50da8"), (r"\w+|\p{M}|\p{Lu}\p{Ll}+|[^\w\s]", "506fb0556b60e86d")],
    ids=["GPT-2", "words and marks"],
)
def test_regular_expressions_match_as_under_every_other_python(pattern: str, expected: str) -> None:
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    assert digest(None, [split]) == expected


def test_grapheme_clusters_are_those_of_every_other_python() -> None:
    charsmap = {"type": "Precompiled", "precompiled_charsmap": b64encode(every_byte_but_line_ends()).decode()}
    assert digest(charsmap, CUT) == "f54ee8001a26b98c"
