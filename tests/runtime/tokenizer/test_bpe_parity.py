"""Byte pair encoding, on bytes and on characters, gives what the `tokenizers` library gives."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
import tokenizers

from encoderfile_runtime.tokenizer import Tokenizer, pipeline
from encoderfile_runtime.tokenizer.fast import words

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BLANKS = [
    "",
    " ",
    "  ",
    " a",
    "a ",
    "  a  b  ",
    "\n\na \n b",
    "don't I'll WE'RE 'sx",
    " \u00a0\u3000x",
    "x\u2003 ",
    "1 23  456 ²½",
]


def trained(model: tokenizers.models.BPE, pre_tokenizer: Any, texts: list[str], **options: Any) -> Definition:
    """The definition of a tokenizer that was trained on texts."""
    learner = tokenizers.Tokenizer(model)
    learner.pre_tokenizer = pre_tokenizer
    trainer = tokenizers.trainers.BpeTrainer(special_tokens=SPECIAL, show_progress=False, min_frequency=1, **options)
    learner.train_from_iterator([*texts, *map(str.lower, texts)], trainer)
    definition: Definition = json.loads(learner.to_str())
    return definition


@pytest.fixture(scope="session")
def roberta(sentences: list[str]) -> Definition:
    """The definition of a RoBERTa tokenizer."""
    byte_level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    definition = trained(tokenizers.models.BPE(), byte_level, sentences, vocab_size=1200, initial_alphabet=alphabet)
    processor = {"sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False}
    return {**definition, "post_processor": {"type": "RobertaProcessing", **processor}}


@pytest.fixture(scope="session")
def characters(sentences: list[str]) -> Definition:
    """A definition whose tokens are characters of its alphabet, and their pairs."""
    whitespace = tokenizers.pre_tokenizers.Whitespace()
    return trained(tokenizers.models.BPE(unk_token=SPECIAL[3]), whitespace, sentences[:12], vocab_size=900)


@pytest.fixture(scope="session")
def modernbert(roberta: Definition, token: Callable[..., Definition]) -> Definition:
    """The definition of a ModernBERT tokenizer: NFC, blanks as tokens, special tokens of a template."""
    size = len(roberta["model"]["vocab"])
    blanks = [token(size + index, " " * (index + 2), normalized=True) for index in range(6)]
    mask = token(roberta["model"]["vocab"]["<mask>"], "<mask>", lstrip=True, special=True)
    added = [mask if item["content"] == "<mask>" else item for item in roberta["added_tokens"]]
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
    }
    return {**roberta, "normalizer": {"type": "NFC"}, "added_tokens": [*added, *blanks], "post_processor": template}


@pytest.fixture(scope="session")
def token() -> Callable[..., Definition]:
    """Makes an added token."""

    def make(number: int, content: str, **options: bool) -> Definition:
        names = ("single_word", "lstrip", "rstrip", "normalized", "special")
        return {"id": number, "content": content, **dict.fromkeys(names, False), **options}

    return make


def with_model(definition: Definition, **options: Any) -> Definition:
    return {**definition, "model": {**definition["model"], **options}}


def test_natural_text_in_many_scripts(roberta: Definition, sentences: list[str], same: Compare) -> None:
    same(roberta, [*sentences, *BLANKS, *itertools.pairwise(sentences)])


def test_random_text(roberta: Definition, random_texts: list[str], same: Compare) -> None:
    same(roberta, random_texts)


@pytest.mark.parametrize("prefixed", [True, False], ids=["prefixed", ""])
@pytest.mark.parametrize("trimmed", [True, False], ids=["trimmed", ""])
@pytest.mark.parametrize("regex", [True, False], ids=["words", ""])
def test_every_option(
    prefixed: bool,
    trimmed: bool,
    regex: bool,
    roberta: Definition,
    sentences: list[str],
    random_texts: list[str],
    same: Compare,
) -> None:
    options = {"add_prefix_space": prefixed, "trim_offsets": trimmed}
    byte_level = {**BYTE_LEVEL, **options, "use_regex": regex}
    processor = {**roberta["post_processor"], **options}
    definition = {**roberta, "pre_tokenizer": byte_level, "post_processor": processor}
    same(definition, [*sentences, *BLANKS, *random_texts[:200], *itertools.pairwise(BLANKS)])
    same({**definition, "post_processor": {**byte_level}}, [*BLANKS, *random_texts[:50], ("a b", " c")])
    same({**definition, "pre_tokenizer": BYTE_LEVEL}, [*BLANKS, *random_texts[:50]])


def test_truncated_on_the_left(roberta: Definition, sentences: list[str], same: Compare) -> None:
    truncation = {"max_length": 9, "strategy": "LongestFirst", "stride": 0, "direction": "Left"}
    processor = {**roberta["post_processor"], "add_prefix_space": True}
    same(
        {**roberta, "truncation": truncation, "post_processor": processor}, [*sentences, *itertools.pairwise(sentences)]
    )


def test_sequence_of_post_processors(roberta: Definition, sentences: list[str], same: Compare) -> None:
    for processors in ([BYTE_LEVEL, roberta["post_processor"]], [roberta["post_processor"], BYTE_LEVEL], [BYTE_LEVEL]):
        definition = {**roberta, "post_processor": {"type": "Sequence", "processors": processors}}
        same(definition, [*sentences, *BLANKS, ("a b", " c d ")])


@pytest.mark.parametrize("form", ["NFC", "NFKC", "Lowercase"])
def test_normalizer_before_bytes(
    form: str, roberta: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    definition = {**roberta, "normalizer": {"type": form}}
    same(definition, [*sentences, *BLANKS, *random_texts[:300]])


def test_bytes_as_a_normalizer(
    roberta: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    same(
        {**roberta, "normalizer": {"type": "ByteLevel"}, "pre_tokenizer": None},
        [*sentences, *BLANKS, *random_texts[:200]],
    )


def test_merges_as_strings(roberta: Definition, sentences: list[str], same: Compare) -> None:
    merges = ["#version: 0.2", *map(" ".join, roberta["model"]["merges"])]
    same(with_model(roberta, merges=merges), sentences)


def test_model_without_a_type(roberta: Definition, sentences: list[str], same: Compare) -> None:
    kept = ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "vocab", "merges")
    model = {key: roberta["model"][key] for key in kept}
    same({**roberta, "model": {**model, "continuing_subword_prefix": "", "end_of_word_suffix": ""}}, sentences)


def test_no_dropout_may_be_spelled_as_zero(roberta: Definition, sentences: list[str], same: Compare) -> None:
    same(with_model(roberta, dropout=0.0), sentences[:20])


def test_words_that_are_tokens_are_not_merged(roberta: Definition, sentences: list[str], same: Compare) -> None:
    vocabulary = roberta["model"]["vocab"]
    words = {word: len(vocabulary) + index for index, word in enumerate(("Ġquick", "Ġtheword", "fox's"))}
    definition = with_model(roberta, ignore_merges=True, vocab={**vocabulary, **words})
    same(definition, [*sentences, " quick theword", "the quick fox"])


def test_pair_that_is_there_twice(roberta: Definition, sentences: list[str], same: Compare) -> None:
    merges = roberta["model"]["merges"]
    same(with_model(roberta, merges=[*merges, *merges[10:200:7]]), sentences)


@pytest.mark.parametrize("fused", [True, False], ids=["fused", ""])
@pytest.mark.parametrize("unknown", ["<unk>", None])
def test_unknown_characters(
    fused: bool,
    unknown: str | None,
    characters: Definition,
    sentences: list[str],
    random_texts: list[str],
    same: Compare,
) -> None:
    same(with_model(characters, unk_token=unknown, fuse_unk=fused), [*sentences, *random_texts[:400]])


@pytest.mark.parametrize("fused", [True, False], ids=["fused", ""])
@pytest.mark.parametrize("count", [256, 200, 0], ids=["all bytes", "some bytes", "no bytes"])
def test_byte_fallback(
    fused: bool, count: int, characters: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    vocabulary = characters["model"]["vocab"]
    parts = {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(count)}
    definition = with_model(characters, byte_fallback=True, fuse_unk=fused, vocab={**vocabulary, **parts})
    same(definition, [*sentences, *random_texts[:400]])


@pytest.mark.parametrize(
    "affixes", [{"continuing_subword_prefix": "##"}, {"end_of_word_suffix": "</w>"}], ids=["prefix", "suffix"]
)
def test_prefix_and_suffix(
    affixes: dict[str, str], sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    model = tokenizers.models.BPE(unk_token=SPECIAL[3], **affixes)
    definition = trained(model, tokenizers.pre_tokenizers.Whitespace(), sentences, vocab_size=1200, **affixes)
    same(definition, [*sentences, *random_texts[:300]])


def test_modernbert(modernbert: Definition, sentences: list[str], random_texts: list[str], same: Compare) -> None:
    masks = ["a <mask> b", "  <mask>  ", "a    b        c", "e\u0301 <mask>e\u0301  x"]
    same(modernbert, [*sentences, *BLANKS, *masks, *random_texts, *itertools.pairwise(sentences)])


def test_special_tokens_in_normalized_text(
    roberta: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    added = [{**item, "normalized": True} for item in roberta["added_tokens"]]
    same({**roberta, "added_tokens": added}, ["a<s>b", "<mask> <pad>", "< s>", *sentences, *random_texts[:100]])


LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)


@pytest.mark.parametrize("prefixed", [True, False], ids=["prefixed", ""])
@pytest.mark.parametrize("pattern", [LLAMA_3, CL100K, r"\p{N}"], ids=["Llama 3", "cl100k", "numbers"])
def test_bytes_after_a_split(
    pattern: str, prefixed: bool, roberta: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    byte_level = {**BYTE_LEVEL, "add_prefix_space": prefixed, "use_regex": False}
    pre_tokenizer = {"type": "Sequence", "pretokenizers": [split, byte_level]}
    definition = {**roberta, "pre_tokenizer": pre_tokenizer}
    same(definition, [*sentences, *BLANKS, *random_texts[:500]])
    assert isinstance(Tokenizer.from_json(definition)._shortcut, words.ByteWords) is not prefixed


def test_short_way_is_taken(roberta: Definition, modernbert: Definition, characters: Definition) -> None:
    kinds = [type(Tokenizer.from_json(definition)._shortcut) for definition in (roberta, modernbert, characters)]
    assert kinds == [words.ByteWords, words.ByteWords, type(None)]


def test_caches_are_bounded(roberta: Definition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MAX_WORDS", 10)
    monkeypatch.setattr(words, "MAX_WORDS", 10)
    monkeypatch.setattr(pipeline, "MAX_WORDS", 10)
    tokenizer = Tokenizer.from_json(roberta)
    for number in range(50):
        text = f"fox{'y' * number} jumps{number} {'é' * number}"
        assert tokenizer.encode_ids(text)[0] == tokenizer.encode(text).ids
    short, general = tokenizer._shortcut, tokenizer._pipeline
    assert isinstance(short, words.ByteWords)
    assert max(len(short._ids), len(short._tokens), len(general._words)) <= 10
    assert max(map(len, (*short._ids, *short._tokens))) <= pipeline.MAX_WORD_LENGTH


def test_long_word_takes_no_quadratic_time(roberta: Definition) -> None:
    tokenizer = Tokenizer.from_json(roberta)
    assert len(tokenizer.encode_ids("fox" * 20000)[0]) > 2
