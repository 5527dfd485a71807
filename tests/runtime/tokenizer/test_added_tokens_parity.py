"""Added tokens are found where the `tokenizers` library finds them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
import tokenizers

from encoderfile_runtime.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

FLAGS = ("single_word", "lstrip", "rstrip", "normalized")
TEXTS = [
    "<X>", " <X> ", "a<X>b", "a <X> b", "a  <X>\t<X>  b", "<X><X>", "<x> <X>", "\u3000<X>\u2003", "é<X>", "-<X>-", "_<X>",
    "<X>\u0301", "<É>", "<é>", "<E\u0301>", "<e>", "<X>y", "<X> <X>y <X>", "y<X> <X> ", "fox<X>fox", "[SEP]<X>[SEP]",
    " [MASK] ", "[MASK]", "<", "<X", "", " ", "\n<X>\x85", "<X> <X>", "<Xx> <X",
]  # fmt: skip


def added(number: int, content: str, **options: bool) -> Definition:
    return {"id": number, "content": content, **dict.fromkeys((*FLAGS, "special"), False), **options}


def with_tokens(bert: Definition, *tokens: tuple[str, dict[str, bool]]) -> Definition:
    vocabulary = bert["model"]["vocab"]
    following = itertools.count(len(vocabulary))
    extra = [added(vocabulary.get(c) or next(following), c, **options) for c, options in tokens]
    return {**bert, "added_tokens": [*bert["added_tokens"], *extra]}


@pytest.mark.parametrize("special", [True, False], ids=["special", "normal"])
@pytest.mark.parametrize(
    "flags", list(itertools.product((False, True), repeat=4)), ids=lambda flags: "".join("-+"[flag] for flag in flags)
)
def test_every_option(flags: tuple[bool, ...], special: bool, bert: Definition, same: Compare) -> None:
    options = {**dict(zip(FLAGS, flags, strict=True)), "special": special}
    same(with_tokens(bert, ("<X>", options), ("<X>y", options), ("<É>", options)), TEXTS)


def test_tokens_that_begin_with_white_space_overlap_those_that_take_it(bert: Definition, same: Compare) -> None:
    tokens: Any = (("<X>", {"rstrip": True, "lstrip": True}), ("  ", {}), (" y", {"lstrip": True}))
    same(with_tokens(bert, *tokens), [*TEXTS, "<X>  y", "<X>   y", "  <X>  <X> y y"])


def test_the_longest_of_several_tokens_counts(bert: Definition, same: Compare) -> None:
    same(with_tokens(bert, ("ab", {}), ("abc", {}), ("bcd", {}), ("a", {})), ["abcd", "xabcdab", "aab", "bcdab"])


def test_the_first_of_tokens_that_are_equal_once_normalized_counts(bert: Definition) -> None:
    definition = with_tokens(bert, ("Foo", {"normalized": True}), ("fOO", {"normalized": True, "special": True}))
    first = definition["added_tokens"][-2]["id"]
    assert Tokenizer.from_json(definition).encode("foo FOO fOO").ids[1:-1] == [first, first, first]


def test_tokens_of_the_vocabulary_keep_their_ids(bert: Definition, same: Compare) -> None:
    vocabulary = bert["model"]["vocab"]
    token = max((token for token in vocabulary if token.isalpha() and token.isascii()), key=len)
    definition = {**bert, "added_tokens": [*bert["added_tokens"], added(vocabulary[token], token)]}
    same(definition, [token, f"x{token}y", token.upper()])


def test_random_text(bert: Definition, random_texts: list[str], same: Compare) -> None:
    tokens: Any = (
        ("a", {"normalized": True, "single_word": True}),
        ("\u0301", {}),
        ("E", {"normalized": True, "lstrip": True}),
    )
    same(with_tokens(bert, *tokens), random_texts[:800])


@pytest.mark.parametrize("ids", [(1, 2), (2, 3), (3, 1), (4, 3), (5, 9)], ids=str)
@pytest.mark.parametrize("contents", ["bxy", "xby", "xybcz", "bcxy"])
def test_new_tokens_are_numbered_from_the_size_of_a_vocabulary_with_gaps(contents: str, ids: tuple[int, int]) -> None:
    model = {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": ids[0], "c": ids[1]}}
    definition: Definition = {
        "version": "1.0",
        "added_tokens": [added(0, content) for content in contents],
        "model": model,
    }
    library = tokenizers.Tokenizer.from_str(json.dumps(definition))
    for token in definition["added_tokens"]:
        token["id"] = library.token_to_id(token["content"])

    assert [Tokenizer.from_json(definition).encode(content).ids for content in contents] == [
        [token["id"]] for token in definition["added_tokens"]
    ]
