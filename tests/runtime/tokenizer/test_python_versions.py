"""Normalization and pre-tokenization give the same under every Python, whatever Unicode its own tables are of.

The digests were taken when the results equalled those of the `tokenizers` library.
"""

from __future__ import annotations

import hashlib
import json
import random
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
CUT = [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}, {"type": "Punctuation"}]
# The blocks with cases, marks and decompositions; in the long ones of ideographs and syllables no version differs.
BLOCKS = (range(0x2200), range(0xA640, 0xABF0), range(0xFB00, 0xFC00), range(0x10780, 0x11A00), range(0x1E000, 0x1E980))
CHARACTERS = [chr(code) for block in BLOCKS for code in block]
# Marks and letters that came with Unicode 11 to 16, and parts of compositions.
LATER = [chr(code) for code in (
    0x898, 0xC3C, 0x1715, 0x1ABF, 0x1ACF, 0x10EFD, 0x1133B, 0x11930, 0x11935, 0x11938, 0x11F41, 0x1E030, 0x1E4EC,
    0xA7F2, 0x10781, 0x1FBF0, 0x32FF, 0x16121, 0x113B8, 0x113C2, 0x113C5, 0x16D63, 0x16D67, 0x1C89, 0xA7CB, 0x2EBF0,
    0x61, 0x65, 0x301, 0x323, 0x334, 0x345, 0xF73, 0x1D165, 0x302E, 0x1100, 0x1161, 0x11A8, 0xAC00, 0x130, 0x3A3,
)]  # fmt: skip


def texts() -> list[str]:
    between_letters = (f"a{character}b" for character in CHARACTERS)
    words = list(between_letters)
    generator = random.Random(3)  # noqa: S311, texts are no secrets
    mixed = ["".join(LATER[generator.getrandbits(16) % len(LATER)] for _ in range(12)) for _ in range(1500)]
    return [" ".join(words[start : start + 512]) for start in range(0, len(words), 512)] + mixed


def digest(normalizer: dict[str, Any]) -> str:
    """What is found of all texts with a vocabulary of single characters."""
    letters = ["[UNK]", *CHARACTERS, *LATER]
    vocab = {token: number for number, token in enumerate(dict.fromkeys([*letters, *(f"##{c}" for c in letters)]))}
    definition = {
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": CUT},
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
    assert digest(normalizer) == expected
