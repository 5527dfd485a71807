"""Tokens found in the text of a vocabulary are those of the vocabulary."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.tokenizer import Tokenizer
from encoderfile_runtime.tokenizer.unread import UnreadVocabulary, read_definition

# What stands between tokens, what JSON escapes, and what is none of that.
TOKENS = st.text(st.sampled_from(':,"\\{}0129#aé😀\n\x7f\u2028'), max_size=4)
VOCABULARIES = st.lists(TOKENS, min_size=1, max_size=12, unique=True).map(
    lambda tokens: {token: number for number, token in enumerate(tokens)}
)


def written(value: Any) -> bytes:
    """JSON as the tokenizer artifact has it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def unread(vocabulary: dict[str, Any]) -> UnreadVocabulary:
    return UnreadVocabulary(written(vocabulary)[1:-1], "the file")


def artifact(vocabulary: dict[str, Any], **model: Any) -> bytes:
    definition = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            **model,
            "vocab": vocabulary,
        },
    }
    return written({"tokenizer": definition, "config": {"padding": None}})


@given(VOCABULARIES, st.lists(TOKENS))
def test_it_is_the_same_mapping(vocabulary: dict[str, int], others: list[str]) -> None:
    for token in [*vocabulary, *others]:
        found = unread(vocabulary)
        assert found.get(token) == vocabulary.get(token)
        assert (token in found) == (token in vocabulary)
    assert dict(unread(vocabulary)) == vocabulary
    assert len(unread(vocabulary)) == len(vocabulary)


def test_a_key_that_begins_in_one_token_and_ends_in_the_next_is_not_found() -> None:
    vocabulary = {"x,": 5, ":y": 6}  # "x,":5,":y":6 holds ,":5,":

    assert unread(vocabulary).get(":5,") is None
    assert b',":5,":' in b"," + written(vocabulary)[1:]


def test_after_many_searches_all_is_read() -> None:
    vocabulary = {f"t{number}": number for number in range(300)}
    found = unread(vocabulary)

    assert {token: found[token] for token in vocabulary} == vocabulary
    assert "_all" in vars(found)
    assert [found.get(token) for token in ("t7", "none")] == [7, None]


@given(VOCABULARIES)
def test_a_definition_is_the_same_with_its_vocabulary_unread(vocabulary: dict[str, int]) -> None:
    found = read_definition(artifact(vocabulary), "the file")

    assert found is not None
    assert type(found["model"]["vocab"]) is UnreadVocabulary
    found["model"]["vocab"] = dict(found["model"]["vocab"])
    assert found == json.loads(artifact(vocabulary))["tokenizer"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        artifact({}),
        artifact({"a": 0}, type="WordLevel"),
        artifact({"a": 0}).replace(b'"a":0', b'"a": "0"'),
        artifact({"a": 0}).replace(b"}}},", b"} } },"),
        artifact({"a": 0}, merges={"vocab": {"b": 0}}),
        artifact({"a": 0})[:-1],
        artifact({"a": 0}).replace(b'"tokenizer"', b'"tokeniser"'),
        artifact({"a": 0}).replace(b'"version":"1.0"', b'"version":"\xff"'),
        b"[" * sys.getrecursionlimit() + artifact({"a": 0}),
    ],
    ids=[
        "empty", "no tokenizer", "no object", "no token", "another model", "an id that is none", "white space",
        "another vocabulary", "cut short", "another name", "no UTF-8", "nested",
    ],
)  # fmt: skip
def test_an_artifact_of_another_form_is_left_to_be_read(content: bytes) -> None:
    assert read_definition(content, "the file") is None


@pytest.mark.parametrize(
    ("tokens", "fault"),
    [
        (b'"a":"0","b":1', "model.vocab['a']: expected an integer, found '0'"),
        (b'"a":-1,"b":1', "model.vocab['a']: expected an id from 0 to 16777215, found -1"),
        (b'"a":123456789,"b":1', "model.vocab['a']: expected an id from 0 to 16777215, found 123456789"),
        (b'"a":0x,"b":1', "model.vocab is not JSON: "),
        (b'"a":%s' % (b"[" * 100_000), "model.vocab is not JSON: "),
    ],
)
def test_an_id_that_is_none_is_at_fault(tokens: bytes, fault: str) -> None:
    with pytest.raises(FaultsError) as raised:
        UnreadVocabulary(tokens, "the file").get("a")

    assert str(raised.value).startswith(f"the file: {fault}")


def test_a_tokenizer_gives_the_same_ids() -> None:
    tokens = ["[UNK]", "the", "mod", "##el", "##s", ",", ":", '"', "\\"]
    content = artifact({token: number for number, token in enumerate(tokens)}, max_input_chars_per_word=9)
    text = 'the models , : " \\ model unmodelled'
    definition = read_definition(content, "the file")
    assert definition is not None

    found = Tokenizer.from_json(definition).encode(text)

    assert found == Tokenizer.from_json(json.loads(content)["tokenizer"]).encode(text)
