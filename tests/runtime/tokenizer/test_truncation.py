"""Sequences are cut as the `tokenizers` library cuts them, and what was cut is counted."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import tokenizers

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]


def truncated(bert: Definition, max_length: int, strategy: str = "LongestFirst", **options: Any) -> Definition:
    return {**bert, "truncation": {"max_length": max_length, "strategy": strategy, "stride": 0, **options}}


def words(count: int) -> str:
    return " ".join(f"{number % 10}" for number in range(count))


def ids_or_none(library: tokenizers.Tokenizer, pair: tuple[str, str]) -> list[int] | None:
    """The ids of a pair; None where the library refuses to truncate it."""
    with contextlib.suppress(Exception):
        ids: list[int] = library.encode(*pair).ids
        return ids
    return None


@pytest.mark.parametrize("direction", ["Right", "Left"])
@pytest.mark.parametrize("strategy", ["LongestFirst", "OnlyFirst", "OnlySecond"])
@pytest.mark.parametrize("max_length", range(3, 16))
def test_pairs_of_every_length(max_length: int, strategy: str, direction: str, bert: Definition) -> None:
    definition = truncated(bert, max_length, strategy, direction=direction)
    library, ours = tokenizers.Tokenizer.from_str(json.dumps(definition)), Tokenizer.from_json(definition)
    for first in range(8):
        for second in range(8):
            pair = words(first), words(second)
            expected = ids_or_none(library, pair)
            if expected is None:
                with pytest.raises(UsageError, match=f"truncation strategy {strategy}"):
                    ours.encode(*pair)
            else:
                encoding = ours.encode(*pair)
                assert encoding.ids == expected
                assert encoding.cut == first + second + 3 - len(expected)


@pytest.mark.parametrize("direction", ["Right", "Left"])
@pytest.mark.parametrize("strategy", ["LongestFirst", "OnlyFirst"])
def test_single_texts(strategy: str, direction: str, bert: Definition, sentences: list[str], same: Compare) -> None:
    for max_length in (2, 3, 7, 20):
        same(truncated(bert, max_length, strategy, direction=direction), sentences)


def test_direction_is_right_unless_it_is_given(bert: Definition) -> None:
    tokenizer = Tokenizer.from_json(truncated(bert, 4))
    assert tokenizer.encode("1 2 3").tokens == ["[CLS]", "1", "2", "[SEP]"]


def test_only_second_without_a_pair_says_so(bert: Definition) -> None:
    tokenizer = Tokenizer.from_json(truncated(bert, 4, "OnlySecond"))
    assert tokenizer.encode("1 2").cut == 0
    for encode in (tokenizer.encode, tokenizer.encode_ids):
        with pytest.raises(UsageError, match="there is no second sequence to cut; give a pair"):
            encode("1 2 3")


def test_stride_changes_nothing(bert: Definition) -> None:
    definition = truncated(bert, 6, stride=2)
    assert Tokenizer.from_json(definition).encode(words(9)) == Tokenizer.from_json(truncated(bert, 6)).encode(words(9))


def test_padding_is_not_applied(bert: Definition) -> None:
    padding = {
        "strategy": {"Fixed": 128},
        "direction": "Right",
        "pad_to_multiple_of": 8,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    assert len(Tokenizer.from_json({**bert, "padding": padding}).encode("1 2").ids) == 4


def test_max_length_can_be_set(bert: Definition) -> None:
    tokenizer = Tokenizer.from_json(bert)
    assert tokenizer.max_length is None
    tokenizer.max_length = 5
    assert tokenizer.encode_ids(words(10)) == (tokenizer.encode(words(3)).ids, 7)
    tokenizer.max_length = None
    assert tokenizer.encode_ids(words(10)) == (tokenizer.encode(words(10)).ids, 0)


def test_max_length_without_room_for_special_tokens_is_refused(bert: Definition) -> None:
    tokenizer = Tokenizer.from_json(bert)
    with pytest.raises(UsageError, match="max_length 1 leaves no room for 2 special tokens"):
        tokenizer.max_length = 1
    tokenizer.max_length = 2
    assert tokenizer.encode("1 2 3").cut == 3
    with pytest.raises(UsageError, match="max_length 2 leaves no room for 3 special tokens"):
        tokenizer.encode("1", "2")
