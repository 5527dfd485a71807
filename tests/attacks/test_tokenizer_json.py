"""Definitions of a tokenizer that are broken, hostile or unknown are refused, each fault by its JSON path."""

from __future__ import annotations

import contextlib
import copy
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.tokenizer import Tokenizer
from encoderfile_runtime.tokenizer.components import MODELS, NORMALIZERS

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = {"id": 3, "content": "[X]", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}  # fmt: skip
VALID: dict[str, Any] = {
    "version": "1.0",
    "truncation": {"direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 0},
    "padding": {
        "strategy": "BatchLongest",
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    },
    "added_tokens": [TOKEN],
    "normalizer": {
        "type": "Sequence",
        "normalizers": [
            {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
            {"type": "Replace", "pattern": {"String": "a"}, "content": "b"},
            {"type": "Strip", "strip_left": True, "strip_right": True},
            {"type": "Prepend", "prepend": "x"},
        ],
    },
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [{"type": "BertPreTokenizer"}, {"type": "Digits", "individual_digits": True}, {"type": "Punctuation", "behavior": "Removed"}],
    },
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[S]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"[S]": {"id": "[S]", "ids": [1], "tokens": ["[S]"]}},
    },
    "decoder": None,
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": {"[UNK]": 0, "[S]": 1, "x": 2},
    },
}  # fmt: skip

# The same with byte pairs, and with a unigram model.
BYTES: dict[str, Any] = {
    **VALID,
    "normalizer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": r"\p{N}{1,3}|\s+(?!\S)"}, "behavior": "Isolated", "invert": False},
            {"type": "CharDelimiterSplit", "delimiter": "-"},
            {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        ],
    },
    "post_processor": {
        "type": "RobertaProcessing",
        "cls": ["[S]", 0],
        "sep": ["[S]", 0],
        "trim_offsets": True,
        "add_prefix_space": True,
    },
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": "x",
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {"[S]": 0, "x": 1, "xx": 2},
        "merges": [["x", "x"]],
    },
}
PIECES: dict[str, Any] = {
    **VALID,
    "normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAA="},
    "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    "post_processor": {
        "type": "Sequence",
        "processors": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}],
    },
    "model": {
        "type": "Unigram",
        "unk_id": 0,
        "byte_fallback": False,
        "vocab": [["[UNK]", 0], ["\u2581", -1.5], ["x", -2.0]],
    },
}

MODEL, STEPS, TEMPLATE = ("model",), ("normalizer", "normalizers"), ("post_processor",)
BEGIN = (*TEMPLATE, "special_tokens", "[S]")
PAD, CUT, ADDED = ("padding",), ("truncation",), ("added_tokens",)
NESTED: dict[str, Any] = {"type": "Lowercase"}
for _ in range(5000):
    NESTED = {"type": "Sequence", "normalizers": [NESTED]}
NORMALIZED = {**TOKEN, "content": "\u200d", "normalized": True}

REFUSED: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a model of another kind": (MODEL, {"type": "Trigram", "vocab": []}, "model.type: 'Trigram' is not supported, only BPE, "),
    "a normalizer of another kind": ((*STEPS, 0, "type"), "Tmn", "normalizer.normalizers[0].type: 'Tmn' is not supported"),
    "a pre-tokenizer of another kind": (("pre_tokenizer", "type"), "Bytes", "pre_tokenizer.type: 'Bytes' is not supported"),
    "a post-processor of another kind": ((*TEMPLATE, "type"), "Roberta", "post_processor.type: 'Roberta' is not supported"),
    "a type that is no string": ((*MODEL, "type"), 7, "model.type: expected a string, found 7"),
    "another version": (("version",), "2.0", "version: expected one of 1.0, found '2.0'"),
    "an unknown key": (("surprise",), 1, "surprise: unknown key"),
    "an unknown option of a component": ((*STEPS, 0, "dropout"), 1, "normalizer.normalizers[0].dropout: unknown key"),
    "an unknown option with a hostile name": ((*MODEL, "a\nb" * 99), 1, "model['" + r"a\nb" * 26 + r"a\n'…]: unknown key"),
    "a component that is no object": (("normalizer",), [], "normalizer: expected an object, found a list"),
    "a member of a sequence that is no object": ((*STEPS, 1), "Lowercase", "normalizer.normalizers[1]: expected an object, found 'Lowercase'"),
    "a sequence that is no list": (STEPS, {}, "normalizer.normalizers: expected a list, found an object"),
    "sequences nested without end": (("normalizer",), NESTED, "nested more than 8 deep"),
    "a flag that is a number": ((*STEPS, 0, "lowercase"), 1, "normalizer.normalizers[0].lowercase: expected true or false, found 1"),
    "a flag that is null": ((*STEPS, 0, "lowercase"), None, "normalizer.normalizers[0].lowercase: expected true or false, found null"),
    "a regular expression": ((*STEPS, 1, "pattern"), {"Regex": "(a?)+$"}, "normalizer.normalizers[1].pattern.Regex: is not supported: a part before 5 is repeated that may be empty"),
    "a pattern that matches everywhere": ((*STEPS, 1, "pattern", "String"), "", "normalizer.normalizers[1].pattern.String: is empty"),
    "an empty prefix": ((*STEPS, 3, "prepend"), "", "normalizer.normalizers[3].prepend: is empty"),
    "an unknown behavior": (("pre_tokenizer", "pretokenizers", 2, "behavior"), "Doubled", "pre_tokenizer.pretokenizers[2].behavior: expected one of Isolated, Removed"),
    "an empty vocabulary": ((*MODEL, "vocab"), {}, "model.vocab: holds no token"),
    "a vocabulary that is a list": ((*MODEL, "vocab"), ["a"], "model.vocab: expected an object, found a list"),
    "an id that is a string": ((*MODEL, "vocab", "x"), "2", "model.vocab['x']: expected an integer, found '2'"),
    "an id that is true": ((*MODEL, "vocab", "x"), True, "model.vocab['x']: expected an integer, found true"),
    "an id that is a fraction": ((*MODEL, "vocab", "x"), 2.0, "model.vocab['x']: expected an integer, found 2.0"),
    "a negative id": ((*MODEL, "vocab", "x"), -1, "model.vocab['x']: expected an id from 0 to 16777215, found -1"),
    "an id that asks for gigabytes": ((*MODEL, "vocab", "x"), 1 << 40, "model.vocab['x']: expected an id from 0 to 16777215, found 1099511627776"),
    "an id of thousands of digits": ((*MODEL, "vocab", "x"), 1 << 40000, "model.vocab['x']: expected an id from 0 to 16777215, found an integer that is out of range"),
    "two tokens with one id": ((*MODEL, "vocab", "x"), 1, "model.vocab['x']: has id 1, as '[S]' has"),
    "an unknown token that the vocabulary lacks": ((*MODEL, "unk_token"), "<unk>", "model.unk_token: '<unk>' is not in the vocabulary"),
    "a negative word length": ((*MODEL, "max_input_chars_per_word"), -1, "model.max_input_chars_per_word: expected an integer from 0 to 4294967295, found -1"),
    "an added token with the id of another": ((*ADDED, 0, "id"), 1, "added_tokens[0].id: expected 3, the id of '[X]', found 1"),
    "an added token beyond the vocabulary": ((*ADDED, 0, "id"), 9, "added_tokens[0].id: expected 3, the id of '[X]', found 9"),
    "an added token that is empty": ((*ADDED, 0, "content"), "", "added_tokens[0].content: is empty"),
    "an added token that is there twice": (ADDED, [TOKEN, TOKEN], "added_tokens[1].content: '[X]' is there twice"),
    "an added token that is empty once normalized": (("normalizer",), {"type": "Replace", "pattern": {"String": "\u200d"}, "content": ""}, "added_tokens: '\\u200d' is empty once normalized"),
    "no room for special tokens": ((*CUT, "max_length"), 0, "truncation.max_length: 0 leaves no room for 1 special tokens"),
    "a negative length": ((*CUT, "max_length"), -5, "truncation.max_length: expected an integer from 0 to 4294967295, found -5"),
    "a length that is a fraction": ((*CUT, "max_length"), 1.5, "truncation.max_length: expected an integer, found 1.5"),
    "an unknown strategy": ((*CUT, "strategy"), "longest_first", "truncation.strategy: expected one of LongestFirst, OnlyFirst, OnlySecond, found 'longest_first'"),
    "an unknown direction": ((*CUT, "direction"), "Up", "truncation.direction: expected one of Right, Left, found 'Up'"),
    "padding of an unknown strategy": ((*PAD, "strategy"), {"Fixed": "8"}, "padding.strategy.Fixed: expected an integer, found '8'"),
    "padding of a negative length": ((*PAD, "strategy"), {"Fixed": -1}, "padding.strategy.Fixed: expected an integer from 0"),
    "padding to a multiple of text": ((*PAD, "pad_to_multiple_of"), "8", "padding.pad_to_multiple_of: expected an integer, found '8'"),
    "a template without its text": ((*TEMPLATE, "single"), [], "post_processor.single: sequence A stands nowhere in it"),
    "a pair without its second text": ((*TEMPLATE, "pair", 1, "Sequence", "id"), "A", "post_processor.pair: sequence B stands nowhere in it"),
    "a second text in the template for one": ((*TEMPLATE, "single", 1, "Sequence", "id"), "B", "post_processor.single[1].Sequence.id: expected one of 'A', found 'B'"),
    "a special token that nothing defines": ((*TEMPLATE, "single", 0, "SpecialToken", "id"), "[Q]", "post_processor.single[0].SpecialToken.id: expected one of '[S]', found '[Q]'"),
    "a place that is neither": ((*TEMPLATE, "single", 0), {"Both": {}}, "post_processor.single[0]: expected one member, SpecialToken or Sequence"),
    "a place that is both": ((*TEMPLATE, "single", 0), {"Sequence": {}, "SpecialToken": {}}, "post_processor.single[0]: expected one member, SpecialToken or Sequence"),
    "special tokens without their ids": ((*BEGIN, "ids"), [], "post_processor.special_tokens['[S]'].tokens: 1 tokens, but 0 ids"),
    "special tokens with ids that are text": ((*BEGIN, "ids"), ["1"], "post_processor.special_tokens['[S]'].ids: expected a list of integers"),
    "special tokens with negative ids": ((*BEGIN, "ids"), [-1], "post_processor.special_tokens['[S]'].ids: expected integers from 0 to 16777215"),
    "a special token under another name": ((*BEGIN, "id"), "[T]", "post_processor.special_tokens['[S]'].id: expected '[S]', the name that it stands under"),
    "a special token that is no pair": (TEMPLATE, {"type": "BertProcessing", "cls": ["[S]"], "sep": ["[S]", 1]}, "post_processor.cls: expected a list of a token and its id"),
}  # fmt: skip


MERGES, VOCABULARY, CHARSMAP = (*MODEL, "merges"), (*MODEL, "vocab"), ("normalizer", "precompiled_charsmap")
PARTS = ("pre_tokenizer", "pretokenizers")
REFUSED_BYTES: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "pieces of no length": (("pre_tokenizer",), {"type": "FixedLength", "length": 0}, "pre_tokenizer.length: expected an integer from 1, found 0"),
    "merges by chance": ((*MODEL, "dropout"), 0.1, "model.dropout: is not supported: it makes tokens depend on chance"),
    "a merge of what is no token": (MERGES, ["x y"], "model.merges[0]: 'y' is not in the vocabulary"),
    "a merge into what is no token": (MERGES, [["x", "x"], ["xx", "x"]], "model.merges[1]: 'xxx' is not in the vocabulary"),
    "a merge of three": (MERGES, ["x x x"], "model.merges[0]: expected two tokens"),
    "a merge of one": (MERGES, [["x"]], "model.merges[0]: expected two tokens"),
    "a merge of numbers": (MERGES, [[1, 2]], "model.merges[0]: expected two tokens"),
    "a merge of lists": (MERGES, [[["x"], "x"]], "model.merges[0]: expected two tokens"),
    "merges of two kinds": (MERGES, ["x x", ["x", "x"]], "model.merges: expected a list of strings, or of pairs of strings"),
    "merges that are no list": (MERGES, {}, "model.merges: expected a list, found an object"),
    "an unknown token that byte pairs lack": ((*MODEL, "unk_token"), "<unk>", "model.unk_token: '<unk>' is not in the vocabulary"),
    "a regular expression without end": ((*PARTS, 0, "pattern", "Regex"), "(", "pre_tokenizer.pretokenizers[0].pattern.Regex: is not supported: a group has no end"),
    "a regular expression that is a number": ((*PARTS, 0, "pattern", "Regex"), 1, "pattern.Regex: expected a string, found 1"),
    "two patterns": ((*PARTS, 0, "pattern"), {"Regex": "a", "String": "a"}, "pattern.String: unknown key"),
    "no pattern": ((*PARTS, 0, "pattern"), {}, "pattern.String: missing, expected a string"),
    "a delimiter of two characters": ((*PARTS, 1, "delimiter"), "--", "pre_tokenizer.pretokenizers[1].delimiter: expected one character"),
    "a special token without its id": ((*TEMPLATE, "cls"), ["[S]"], "post_processor.cls: expected a list of a token and its id"),
    "special tokens twice": (TEMPLATE, {"type": "Sequence", "processors": [BYTES["post_processor"]] * 2}, "post_processor.processors: more than one of them adds special tokens"),
}  # fmt: skip
REFUSED_PIECES: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "scores by name": (VOCABULARY, {"x": 1.0}, "model.vocab: expected a list, found an object"),
    "no token at all": (VOCABULARY, [], "model.vocab: holds no token"),
    "a token without a score": ((*VOCABULARY, 1), ["x"], "model.vocab[1]: expected a list of a token and its score"),
    "a score that is text": ((*VOCABULARY, 1, 1), "1", "model.vocab[1]: expected a list of a token and its score"),
    "a score that is true": ((*VOCABULARY, 1, 1), True, "model.vocab[1]: expected a list of a token and its score"),
    "a score that is no number": ((*VOCABULARY, 1, 1), float("nan"), "model.vocab[1]: expected a list of a token and its score"),
    "a score without bounds": ((*VOCABULARY, 1, 1), float("-inf"), "model.vocab[1]: expected a list of a token and its score"),
    "a score of thousands of digits": ((*VOCABULARY, 1, 1), 1 << 40000, "model.vocab[1]: expected a list of a token and its score"),
    "an unknown id that is a text": ((*MODEL, "unk_id"), "0", "model.unk_id: expected an integer, found '0'"),
    "an unknown id beyond the vocabulary": ((*MODEL, "unk_id"), 3, "model.unk_id: expected an integer from 0 to 2, found 3"),
    "a charsmap that is not base64": (CHARSMAP, "BAA*", "normalizer.precompiled_charsmap: expected base64"),
    "a charsmap that is empty": (CHARSMAP, "", "normalizer.precompiled_charsmap: expected the size of a trie in 0 bytes, found 0"),
    "a charsmap that is cut off": (CHARSMAP, "BAAAAAAA", "normalizer.precompiled_charsmap: expected the size of a trie in 6 bytes, found 4"),
    "a charsmap larger than memory": (CHARSMAP, "/P///wAAAAA=", "expected the size of a trie in 8 bytes, found 4294967292"),
    "a mark of two characters": (("pre_tokenizer", "replacement"), "__", "pre_tokenizer.replacement: expected one character"),
    "an unknown scheme": (("pre_tokenizer", "prepend_scheme"), "last", "pre_tokenizer.prepend_scheme: expected one of always, never, first, found 'last'"),
    "a prefix that is wanted and not": (("pre_tokenizer", "add_prefix_space"), False, "pre_tokenizer.add_prefix_space: false does not agree with prepend_scheme always"),
}  # fmt: skip
CASES = {
    attack: (valid, *case)
    for valid, cases in ((VALID, REFUSED), (BYTES, REFUSED_BYTES), (PIECES, REFUSED_PIECES))
    for attack, case in cases.items()
}


def altered(path: tuple[str | int, ...], value: Any, valid: dict[str, Any] = VALID) -> dict[str, Any]:
    """A valid definition with one value changed."""
    definition = copy.deepcopy(valid)
    place: Any = definition
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return definition


def faults(definition: Any) -> tuple[str, ...]:
    with pytest.raises(FaultsError) as caught:
        Tokenizer.from_json(definition, "some/tokenizer.json")
    assert caught.value.subject == "some/tokenizer.json"
    return caught.value.faults


def test_the_definitions_that_the_attacks_alter_are_valid() -> None:
    assert [Tokenizer.from_json(valid).encode("x").ids for valid in (VALID, BYTES, PIECES)] == [
        [1, 0],
        [0, 2, 0],
        [1, 2],
    ]


@pytest.mark.parametrize("attack", CASES)
def test_one_fault_is_named_with_its_path(attack: str) -> None:
    valid, path, value, expected = CASES[attack]
    definition = altered(path, value, valid)
    if attack.endswith("once normalized"):
        definition["added_tokens"] = [NORMALIZED]
    (found,) = faults(definition)
    assert expected in found
    assert "\n" not in found
    assert len(found) < 350


@pytest.mark.parametrize("key", ["single_word", "lstrip", "rstrip", "normalized", "special", "id", "content"])
def test_missing_member_of_an_added_token_is_named(key: str) -> None:
    definition = copy.deepcopy(VALID)
    del definition["added_tokens"][0][key]
    assert f"added_tokens[0].{key}: missing, expected " in faults(definition)[0]


@pytest.mark.parametrize("value", [None, 1, "text", [], True], ids=repr)
def test_definition_that_is_no_object(value: Any) -> None:
    assert "expected an object, found " in faults(value)[0]


def test_all_faults_are_reported_at_once() -> None:
    definition = altered(("model", "type"), "BPO")
    definition["normalizer"] = {"type": "Tmn"}
    definition["truncation"]["strategy"] = 1
    definition["extra"] = {}
    assert faults(definition) == (
        f"model.type: 'BPO' is not supported, only {', '.join(MODELS)}",
        f"normalizer.type: 'Tmn' is not supported, only {', '.join(NORMALIZERS)}",
        "truncation.strategy: expected a string, found 1",
        "extra: unknown key",
    )


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value in a definition."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [path for key, item in items for path in paths(item, (*prefix, key))]
    return [prefix, *below] if prefix else below


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "Sequence", "x"]), inner)
    ),
    max_leaves=6,
)


PLACES = st.sampled_from([(valid, path) for valid in (VALID, BYTES, PIECES) for path in paths(valid)])


@given(PLACES, JSON)
def test_any_value_anywhere_is_read_or_refused(place: tuple[dict[str, Any], tuple[str | int, ...]], value: Any) -> None:
    valid, path = place
    assert encodes_or_is_refused(altered(path, value, valid))


@given(PLACES)
def test_any_value_may_be_missing(chosen: tuple[dict[str, Any], tuple[str | int, ...]]) -> None:
    valid, path = chosen
    definition = altered(path, None, valid)
    place: Any = definition
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    assert encodes_or_is_refused(definition)


def encodes_or_is_refused(definition: Any) -> bool:
    read: Callable[[Any], Tokenizer] = Tokenizer.from_json
    try:
        tokenizer = read(definition)
    except FaultsError as error:
        return bool(error.faults)
    tokenizer.max_length = None
    return (
        len(tokenizer.encode("x [X] a1.", "b").ids) > 0
        and tokenizer.encode("é x").ids == tokenizer.encode_ids("é x")[0]
    )


@given(st.binary(max_size=200), st.text(max_size=8))
def test_any_trie_is_walked_or_refused(trie: bytes, text: str) -> None:
    data = (len(trie) // 4 * 4).to_bytes(4, "little") + trie
    definition = altered(CHARSMAP, b64encode(data).decode(), PIECES)
    assert encodes_or_is_refused(definition)
    with contextlib.suppress(FaultsError):
        tokenizer = Tokenizer.from_json(definition)
        assert tokenizer.encode(text).ids == tokenizer.encode_ids(text)[0]


@given(st.text(alphabet="ab()[]{}|*+?.\\\\^$-,1 pLsi:=!<>&", max_size=16))
def test_any_regular_expression_is_translated_or_refused(pattern: str) -> None:
    assert encodes_or_is_refused(altered((*PARTS, 0, "pattern", "Regex"), pattern, BYTES))
