"""What a small tokenizer makes of some texts, written out; needs no library."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.tokenizer import Encoding, Tokenizer, byte_offsets
from encoderfile_runtime.tokenizer.fast import bert_chunks

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "cafe", ",", "中", "hello", "##s", "σας"]
DEFINITION: dict[str, Any] = {
    "version": "1.0",
    "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
    "padding": None,
    "added_tokens": [
        {"id": 3, "content": "[SEP]", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True},
        {"id": 13, "content": "<mark>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False, "special": False},
    ],
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
    "decoder": {"type": "not read"},
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 10,
        "vocab": {token: number for number, token in enumerate(VOCABULARY)},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_json(DEFINITION)


@pytest.mark.parametrize(
    ("text", "ids", "offsets"),
    [
        ("", [], []),
        (" \t\n ", [], []),
        ("unaffable", [4, 5, 6], [(0, 2), (2, 5), (5, 9)]),
        ("Hellos, CAFÉ", [10, 11, 8, 7], [(0, 5), (5, 6), (6, 7), (8, 12)]),
        ("cafe\u0301", [7], [(0, 4)]),
        ("ca\u00adfe", [7], [(0, 5)]),
        ("hello中hello", [10, 9, 10], [(0, 5), (5, 6), (6, 11)]),
        ("un\x00\u200daff", [4, 5], [(0, 2), (4, 7)]),
        ("ΣΑΣ", [1], [(0, 3)]),
        ("hello[SEP]hello", [10, 3, 10], [(0, 5), (5, 10), (10, 15)]),
        ("hello  <mark> un", [10, 13, 4], [(0, 5), (5, 13), (14, 16)]),
        ("unaffables?", [4, 5, 6, 11, 1], [(0, 2), (2, 5), (5, 9), (9, 10), (10, 11)]),
        ("unaffableun", [1], [(0, 11)]),
        ("\U0001d165\u302e", [1], [(0, 2)]),
    ],
)
def test_ids_and_offsets(text: str, ids: list[int], offsets: list[tuple[int, int]], tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode(text)
    assert encoding.ids == [2, *ids, 3]
    assert encoding.offsets == [(0, 0), *offsets, (0, 0)]
    assert encoding.special == [True, *[False] * len(ids), True]
    assert tokenizer.encode_ids(text) == ([2, *ids, 3], 0)


def test_pair(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("Hellos", "un, café, un") == Encoding(
        ids=[2, 10, 11, 3, 4, 8, 7, 3],
        type_ids=[0, 0, 0, 0, 1, 1, 1, 1],
        tokens=["[CLS]", "hello", "##s", "[SEP]", "un", ",", "cafe", "[SEP]"],
        offsets=[(0, 0), (0, 5), (5, 6), (0, 0), (0, 2), (2, 3), (4, 8), (0, 0)],
        special=[True, False, False, True, False, False, False, True],
        cut=2,
    )


def test_truncation_is_counted(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode_ids("un " * 9) == ([2, 4, 4, 4, 4, 4, 4, 3], 3)


def test_vocabulary_by_id(tokenizer: Tokenizer) -> None:
    assert tokenizer.tokens() == [*VOCABULARY, "<mark>"]
    assert tokenizer.vocabulary_size == 14


def test_ids_without_a_token_are_empty() -> None:
    model = {**DEFINITION["model"], "vocab": {"[UNK]": 0, "un": 4}}
    tokenizer = Tokenizer.from_json({**DEFINITION, "added_tokens": [], "model": model})
    assert tokenizer.tokens() == ["[UNK]", "", "", "", "un"]


def test_definition_that_an_older_library_wrote_has_no_type_of_model() -> None:
    model = {name: value for name, value in DEFINITION["model"].items() if name != "type"}
    assert Tokenizer.from_json({**DEFINITION, "model": model}).encode("unaffable").ids == [2, 4, 5, 6, 3]


def test_definition_is_left_as_it_is() -> None:
    before = json.dumps(DEFINITION)
    Tokenizer.from_json(DEFINITION).encode("Hello")
    assert json.dumps(DEFINITION) == before


def test_byte_offsets() -> None:
    assert byte_offsets("aé中🙂", [(0, 0), (0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]) == [
        (0, 0), (0, 1), (1, 3), (3, 6), (6, 10), (0, 10),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a\ud800b", "a\udfff"], ids=["high", "low"])
def test_half_a_surrogate_pair_is_refused(text: str, tokenizer: Tokenizer) -> None:
    for encode in (tokenizer.encode, tokenizer.encode_ids):
        with pytest.raises(UsageError, match=r"character 1 of the text is U\+D[8F].., half of a surrogate pair"):
            encode(text)


def test_caches_are_bounded(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bert_chunks, "MAX_CHUNKS", 10)
    fresh = Tokenizer.from_json(DEFINITION)
    for number in range(50):
        text = f"hello{number} {'un' * number}"
        assert fresh.encode_ids(text)[0] == tokenizer.encode(text).ids == fresh.encode(text).ids
    assert isinstance(fresh._shortcut, bert_chunks.BertChunks)
    assert len(fresh._shortcut._ids) <= 10
    assert len(fresh._shortcut._tokens) <= 10


def test_long_chunks_are_not_kept() -> None:
    fresh = Tokenizer.from_json(DEFINITION)
    fresh.encode_ids("un" * 1000)
    fresh.encode("un" * 1000)
    assert isinstance(fresh._shortcut, bert_chunks.BertChunks)
    assert len(fresh._shortcut._ids) == len(fresh._shortcut._tokens) == 0


def test_threads_share_a_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bert_chunks, "MAX_CHUNKS", 20)
    texts = [f"hello{number % 37} unaff{number % 23}able, café {number % 11}" for number in range(400)]
    shared, alone = Tokenizer.from_json(DEFINITION), Tokenizer.from_json(DEFINITION)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.encode_ids, texts)) == [alone.encode_ids(text) for text in texts]
        assert list(pool.map(shared.encode, texts)) == [alone.encode(text) for text in texts]


@given(st.text(), st.text() | st.none(), st.integers(3, 20) | st.none())
def test_encodings_hold_together(text: str, pair: str | None, max_length: int | None) -> None:
    tokenizer = Tokenizer.from_json({**DEFINITION, "truncation": None})
    tokenizer.max_length = max_length
    encoding = tokenizer.encode(text, pair)
    assert len({len(column) for column in encoding[:5]}) == 1
    assert max_length is None or len(encoding.ids) <= max_length
    assert all(0 <= start <= end <= max(len(text), len(pair or "")) for start, end in encoding.offsets)
    assert all(0 <= number < tokenizer.vocabulary_size for number in encoding.ids)
    if pair is None:
        assert tokenizer.encode_ids(text) == (encoding.ids, encoding.cut)


BYTE_PAIRS: dict[str, Any] = {
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
    "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 1], "trim_offsets": True, "add_prefix_space": True},
    "model": {
        "type": "BPE",
        "unk_token": "?",
        "vocab": {token: number for number, token in enumerate(["<s>", "</s>", "?", "\u0120", "l", "o", "w", "lo", "\u0120lo", "\u0120low", "\xc3", "\xa9", "ow"])},
        "merges": ["l o", "o w", "\u0120 lo", "\u0120lo w"],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tokens", "offsets"),
    [
        ("", [], []),
        ("low", ["\u0120low"], [(0, 3)]),
        ("low  low", ["\u0120low", "\u0120", "\u0120low"], [(0, 3), (4, 4), (5, 8)]),
        ("wlow\u00e9", ["\u0120", "w", "lo", "w", "\xc3", "\xa9"], [(0, 0), (0, 1), (1, 3), (3, 4), (4, 5), (4, 5)]),
        ("ow!", ["\u0120", "ow", "?"], [(0, 0), (0, 2), (2, 3)]),
    ],
)
def test_byte_pairs(text: str, tokens: list[str], offsets: list[tuple[int, int]]) -> None:
    tokenizer = Tokenizer.from_json(BYTE_PAIRS)
    encoding = tokenizer.encode(text)
    assert encoding.tokens == ["<s>", *tokens, "</s>"]
    assert encoding.offsets == [(0, 0), *offsets, (0, 0)]
    assert tokenizer.encode_ids(text) == (encoding.ids, 0)


def test_unigram() -> None:
    pieces = [["<unk>", 0.0], ["\u2581", -3.0], ["\u2581low", -5.0], ["lo", -2.0], ["w", -2.5], ["\u2581lo", -2.5]]
    tokenizer = Tokenizer.from_json(
        {
            "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
            "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces},
        }
    )
    encoding = tokenizer.encode("low lolo \u00e9\u00e9w")
    assert encoding.tokens == ["\u2581low", "\u2581lo", "lo", "\u2581", "\u00e9\u00e9", "w"]
    assert encoding.ids == [2, 5, 3, 1, 0, 4]
    assert encoding.offsets == [(0, 3), (3, 6), (6, 8), (8, 9), (9, 11), (11, 12)]
    assert tokenizer.encode_ids("low lolo \u00e9\u00e9w") == (encoding.ids, 0)
