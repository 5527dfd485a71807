"""SentencePiece's unigram models, with what comes before them, give what the `tokenizers` library gives."""

from __future__ import annotations

import itertools
import json
import random
import unicodedata
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
import tokenizers

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.tokenizer import Tokenizer
from encoderfile_runtime.tokenizer.fast.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    Definition = dict[str, Any]
    Compare = Callable[[Definition, Any], None]

METASPACE = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BLANKS = [
    "",
    " ",
    "  ",
    " a",
    "a ",
    "  a  b  ",
    "\u2581",
    "\u2581a \u2581b",
    "a\u2581 b",
    "\n a",
    "<unk>",
    "a<unk><unk>b",
    "~<unk>~ ~~",
]
# What clusters are put together from: marks, joiners, jamo, pictographs, conjuncts, what is joined to what follows.
CLUSTERS = list(
    "a\r\n\x00\u0301\u0308\u200d\u200c\xa9\xae\u2764\U0001f468\ufe0f\u0600\u0903\u0915\u094d\u1100\u1161\u11a8\uac00\uac01\U0001f1e6\u0e33½"
)


def charsmap(replacements: dict[str, str]) -> str:
    """A table for Precompiled, as SentencePiece writes it."""
    blob, values = b"", {}
    for text, new in replacements.items():
        values[text.encode()] = len(blob)
        blob += new.encode() + b"\0"
    units = {0: 0}
    taken: set[int] = set()
    waiting = [(0, values)]
    while waiting:
        position, keys = waiting.pop()
        labels = {key[0] if key else 0 for key in keys}
        base = next(
            base
            for base in itertools.count(256)
            if all(base ^ label not in units for label in labels) and base not in taken
        )
        taken.add(base)
        units[position] |= ((base ^ position) << 10) | ((b"" in keys) << 8)
        for label in labels:
            units[base ^ label] = label or keys[b""]
            if label:
                waiting.append(
                    (base ^ label, {key[1:]: value for key, value in keys.items() if key[:1] == bytes([label])})
                )
    trie = b"".join(units.get(position, 0).to_bytes(4, "little") for position in range(max(units) + 256))
    return b64encode(len(trie).to_bytes(4, "little") + trie + blob).decode()


@pytest.fixture(scope="session")
def precompiled() -> Definition:
    """A normalizer like those that SentencePiece trains with."""
    replacements = {
        "\t": " ",
        "\n": " ",
        "\u3000": " ",
        "\u200b": "",
        "e\u0301": "é",
        "a\u0301": "á",
        "\r": "",
        "\ufeff": "",
        "\xad": "",
    }
    for code in (*range(0xA0, 0x180), *range(0x2100, 0x2180), *range(0xFB00, 0xFB10), *range(0xFF00, 0xFFA0), 0xFDFA):
        if (image := unicodedata.normalize("NFKC", chr(code))) != chr(code):
            replacements[chr(code)] = image
    return {"type": "Precompiled", "precompiled_charsmap": charsmap(replacements)}


@pytest.fixture(scope="session")
def unigram(sentences: list[str]) -> Definition:
    """The definition of an XLM-RoBERTa tokenizer, but for its normalizer."""
    learner = tokenizers.Tokenizer(tokenizers.models.Unigram())
    learner.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=900, special_tokens=SPECIAL, unk_token=SPECIAL[3], show_progress=False
    )
    learner.train_from_iterator([*sentences, *map(str.lower, sentences)], trainer)
    definition: Definition = json.loads(learner.to_str())
    processor = {
        "type": "RobertaProcessing",
        "sep": ["</s>", 2],
        "cls": ["<s>", 0],
        "trim_offsets": True,
        "add_prefix_space": True,
    }
    return {**definition, "post_processor": processor}


def with_model(definition: Definition, **options: Any) -> Definition:
    return {**definition, "model": {**definition["model"], **options}}


def test_natural_text_in_many_scripts(unigram: Definition, sentences: list[str], same: Compare) -> None:
    same(unigram, [*sentences, *BLANKS, *itertools.pairwise(sentences)])


def test_random_text(unigram: Definition, random_texts: list[str], same: Compare) -> None:
    same(unigram, random_texts)


@pytest.mark.parametrize("scheme", ["always", "never", "first"])
@pytest.mark.parametrize("split", [True, False], ids=["split", ""])
def test_every_option_of_metaspace(
    scheme: str, split: bool, unigram: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    definition = {**unigram, "pre_tokenizer": {**METASPACE, "prepend_scheme": scheme, "split": split}}
    texts = [*sentences[:6], *BLANKS, *random_texts[:200], "a<mask>b", "<mask> b", " <mask>", "<s>a</s>"]
    same(definition, texts)
    stripped = {"type": "Strip", "strip_left": True, "strip_right": True}
    same({**definition, "normalizer": stripped}, texts)


def test_metaspace_as_it_was_written_before(unigram: Definition, sentences: list[str], same: Compare) -> None:
    old = {"type": "Metaspace", "replacement": "_", "str_rep": "_", "add_prefix_space": True}
    same({**unigram, "pre_tokenizer": old}, [*sentences[:5], *BLANKS])
    same({**unigram, "pre_tokenizer": {**old, "add_prefix_space": False, "prepend_scheme": "never"}}, BLANKS)


def test_metaspace_after_white_space(unigram: Definition, sentences: list[str], same: Compare) -> None:
    parts = [{"type": "WhitespaceSplit"}, METASPACE]
    same({**unigram, "pre_tokenizer": {"type": "Sequence", "pretokenizers": parts}}, [*sentences, *BLANKS])


@pytest.mark.parametrize("count", [256, 200], ids=["all bytes", "some bytes"])
def test_byte_fallback(
    count: int, unigram: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    parts = [[f"<0x{byte:02X}>", -20.0] for byte in range(count)]
    definition = with_model(unigram, byte_fallback=True, vocab=[*unigram["model"]["vocab"], *parts])
    same(definition, [*sentences, *BLANKS, *random_texts[:400]])


def test_scores_that_tie(same: Compare) -> None:
    generator = random.Random(5)  # noqa: S311, texts are no secrets
    words = sorted({"".join(generator.choices("abc", k=generator.randrange(1, 5))) for _ in range(90)})
    vocab = [["<unk>", 0.0], *([word, generator.choice([-1.1, -2.2, -3.3, -1, -1.5e-7])] for word in words)]
    texts = ["".join(generator.choices("abcd", k=generator.randrange(30))) for _ in range(1500)]
    same({"model": {"type": "Unigram", "unk_id": 0, "vocab": vocab}, "added_tokens": []}, texts)


def test_scores_are_read_as_the_library_reads_them(same: Compare) -> None:
    generator = random.Random(6)  # noqa: S311, texts are no secrets
    words = sorted({"".join(generator.choices("ab", k=generator.randrange(1, 9))) for _ in range(300)})
    scores = {word: -generator.random() * 9 for word in "ab"}
    vocab = [["<unk>", 0.0], *([word, sum(map(scores.__getitem__, word))] for word in words)]
    texts = ["".join(generator.choices("ab", k=generator.randrange(40))) for _ in range(1500)]
    same({"model": {"type": "Unigram", "unk_id": 0, "vocab": vocab}, "added_tokens": []}, texts)


def test_token_that_is_there_twice(unigram: Definition, sentences: list[str], same: Compare) -> None:
    vocab = unigram["model"]["vocab"]
    same(with_model(unigram, vocab=[*vocab, *([token, score - 1] for token, score in vocab[50:300:9])]), sentences)


def test_model_without_a_type(unigram: Definition, sentences: list[str], same: Compare) -> None:
    model = {"unk_id": 3, "vocab": unigram["model"]["vocab"]}
    same({**unigram, "model": model}, sentences[:5])


def test_precompiled(
    precompiled: Definition, unigram: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    same({**unigram, "normalizer": precompiled}, [*sentences, *BLANKS, *random_texts])


def test_precompiled_looks_at_grapheme_clusters(precompiled: Definition, unigram: Definition, same: Compare) -> None:
    generator = random.Random(7)  # noqa: S311, texts are no secrets
    texts = ["".join(generator.choices(CLUSTERS, k=generator.randrange(1, 9))) for _ in range(2500)]
    same({**unigram, "normalizer": precompiled}, texts)


@pytest.mark.parametrize("beginning", ["a", "\u0301", "\u200d", "\xa9"], ids=ascii)
def test_replacement_of_a_beginning_replaces_the_cluster(beginning: str, unigram: Definition, same: Compare) -> None:
    generator = random.Random(8)  # noqa: S311, texts are no secrets
    replacements = {beginning: "xyz", "\u0600": "", "\u0915": "k", "\uac00": "ga"}
    texts = ["".join(generator.choices(CLUSTERS, k=generator.randrange(1, 9))) for _ in range(500)]
    normalizer = {"type": "Precompiled", "precompiled_charsmap": charsmap(replacements)}
    same({**unigram, "normalizer": normalizer}, texts)


def test_sequence_of_normalizers(
    precompiled: Definition, unigram: Definition, sentences: list[str], random_texts: list[str], same: Compare
) -> None:
    steps = [{"type": "Nmt"}, {"type": "NFKC"}, precompiled, {"type": "Lowercase"}]
    same({**unigram, "normalizer": {"type": "Sequence", "normalizers": steps}}, [*sentences, *random_texts[:600]])


STRIP = {"type": "Strip", "strip_left": True, "strip_right": True}
ONE_BLANK = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
QUOTES = [{"type": "Replace", "pattern": {"String": quote}, "content": '"'} for quote in ("``", "''")]
UNACCENTED = [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]
WORDS = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, METASPACE]}
PRECOMPILED = {"type": "Precompiled"}  # the fixture takes its place
KINDS: dict[str, tuple[list[Definition], Definition]] = {
    "XLM-RoBERTa": ([PRECOMPILED], WORDS),
    "CamemBERT": (
        [{"type": "Replace", "pattern": {"String": "\n"}, "content": " "}, PRECOMPILED, ONE_BLANK],
        METASPACE,
    ),
    "DeBERTa-v3": ([STRIP, PRECOMPILED, ONE_BLANK], METASPACE),
    "ALBERT": ([*QUOTES, *UNACCENTED, PRECOMPILED, ONE_BLANK], METASPACE),
    "T5": ([PRECOMPILED, {"type": "Prepend", "prepend": "\u2581"}], {**METASPACE, "prepend_scheme": "never"}),
    "as SentencePieceUnigramTokenizer writes it": ([{"type": "Nmt"}, {"type": "NFKC"}, ONE_BLANK], METASPACE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_models(
    kind: str,
    precompiled: Definition,
    unigram: Definition,
    sentences: list[str],
    random_texts: list[str],
    same: Compare,
) -> None:
    steps, pre_tokenizer = KINDS[kind]
    steps = [precompiled if step is PRECOMPILED else step for step in steps]
    added = [{**item, "normalized": item["content"] == "<mask>"} for item in unigram["added_tokens"]]
    normalizer = {"type": "Sequence", "normalizers": steps}
    definition = {**unigram, "added_tokens": added, "normalizer": normalizer, "pre_tokenizer": pre_tokenizer}
    texts = ["a <mask>b  c", "<MASK>", "``a'' b", "a\x1cb \x1f", "\n\na", *BLANKS]
    same(definition, [*sentences, *texts, *random_texts[:700], *itertools.pairwise(sentences)])
    assert isinstance(Tokenizer.from_json(definition)._shortcut, Words)


def test_first_mark_takes_no_short_way(unigram: Definition) -> None:
    first = {**METASPACE, "prepend_scheme": "first"}
    assert Tokenizer.from_json({**unigram, "pre_tokenizer": first})._shortcut is None


def test_nmt(unigram: Definition, sentences: list[str], random_texts: list[str], same: Compare) -> None:
    characters = [chr(code) for block in (range(0x250), range(0x1600, 0x1700), range(0x2000, 0x2100)) for code in block]
    marked = [f"a{character}b" for character in [*characters, "\u2581", "\ufeff", "\ufffd", "\ufffc"]]
    same({**unigram, "normalizer": {"type": "Nmt"}}, [*sentences, *random_texts[:300], *marked])


def test_without_an_unknown_token_what_would_need_it_is_refused(same: Compare) -> None:
    vocab = [["a", -1.0], ["b", -2.0], ["ab", -1.5], ["bcd", -1.0]]
    definition: Definition = {"model": {"type": "Unigram", "unk_id": None, "vocab": vocab}, "added_tokens": []}
    same(definition, ["a", "abba", "aab"])

    for text in ("x", "ax", "bcd"):  # the library refuses c although bcd is a token
        with pytest.raises(Exception, match="unk_id"):
            tokenizers.Tokenizer.from_str(json.dumps(definition)).encode(text)
        with pytest.raises(UsageError, match="is not in the vocabulary, and there is no unknown token"):
            Tokenizer.from_json(definition).encode(text)
