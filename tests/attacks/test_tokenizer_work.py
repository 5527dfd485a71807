"""What a hostile tokenizer.json makes of a text takes time and memory that grow as the text does, or is refused by name."""

from __future__ import annotations

import json
import signal
import struct
import sys
from base64 import b64encode
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.tokenizer import Tokenizer
from encoderfile_runtime.tokenizer.components import MAX_COMPONENTS
from encoderfile_runtime.tokenizer.growth import FACTOR, ROOM
from encoderfile_runtime.tokenizer.regex.analysis import is_linear
from encoderfile_runtime.tokenizer.regex.program import MAX_STATES, Program
from encoderfile_runtime.tokenizer.regex.syntax import parse
from encoderfile_runtime.tokenizer.unicode.normal_forms import NormalForm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Definition = dict[str, Any]

HIGHEST = 0x10FFFF
LONG = 20_000
BACKSTOP = 120  # seconds, of a test that takes one at most


@pytest.fixture(autouse=True)
def backstop() -> Iterator[None]:
    """A test that would take years fails instead; no result depends on it."""

    def stop(*_: object) -> None:
        raise TimeoutError

    if not hasattr(signal, "SIGALRM"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(BACKSTOP)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of the runtime a call runs."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if "encoderfile_runtime" not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return lines


def assert_grows_as_the_text(read: Callable[[], Callable[[str], object]], unit: str, length: int = 400) -> None:
    """Twice the text takes no more than about twice the lines; each time with a new tokenizer, which remembers nothing."""
    counts = []
    for factor in (1, 2, 4):
        encode = read()
        encode(unit[0])  # what is made once
        text = unit * (factor * length // len(unit))
        counts.append(lines_run(lambda encode=encode, text=text: encode(text)))  # type: ignore[misc]
    for fewer, more in pairwise(counts):
        assert more <= 2.5 * fewer + 200, counts


def definition(**parts: Any) -> Definition:
    """A tokenizer of two words with some parts."""
    model = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}
    optional = dict.fromkeys(("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"))
    return {"version": "1.0", "added_tokens": [], **optional, "model": model, **parts}


def read(**parts: Any) -> Callable[[str], object]:
    return Tokenizer.from_json(definition(**parts)).encode


def split(pattern: str) -> Definition:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def faults(**parts: Any) -> tuple[str, ...]:
    with pytest.raises(FaultsError) as caught:
        Tokenizer.from_json(definition(**parts))
    return caught.value.faults


def sequence(*normalizers: Definition) -> Definition:
    return {"type": "Sequence", "normalizers": list(normalizers)}


def replace(content: str, **pattern: str) -> Definition:
    return {"type": "Replace", "pattern": pattern or {"String": "a"}, "content": content}


# Patterns, what a text consists of that they scan in vain, and how many pieces they make of 20,000 characters of it.
SLOW = {
    "an alternation that overlaps itself": ("(a|aa)+b", "a", 1),
    "a branch that is there twice": ("(a|a)*b", "a", 1),
    "bounded repeats of bounded repeats": ("(?:a{1,2}){30}b", "a", 1),
    "bounded repeats in a bounded repeat of a choice": ("(?:a{1,3}|aa){1,20}b", "a", 1),
    "stars side by side": ("a*a*a*a*a*a*b", "a", 1),
    "optional parts side by side": ("a?" * 30 + "a" * 30 + "b", "a", 1),
    "a look-ahead that overlaps itself": ("(?=(a|a)+b)a", "a", 1),
    "a negative look-ahead that scans": ("(?!a+b)a", "a", LONG),
    "blanks at the end": (r"\s+$", " ", 1),
    "blanks before a letter": (r"\s+x", " ", 1),
    "blanks before a newline and nothing else": (r"\s*[\r\n]|x", " ", 1),
    "a short branch before the one that takes all blanks": (r"\s*x|\s|\s+", " ", LONG),
    "a plus in a plus": ("(a+)+b", "a", 1),
    "a plus in a plus in a plus": ("((a+)+)+b", "a", 1),
    "a plus before what is optional in a plus": ("(?:a+b?)+c", "ab", 1),
    "words and blanks in a plus": (r"(?:\w+\s?)+!", "ab ", 1),
    "a choice of prefixes in a star": ("(?:a|b|ab)*c", "ab", 1),
    "anything several times": ("(?:.*a){12}x", "a", 1),
    "anything lazily": ("a.*?b", "a", 1),
    "anything between": (".*x.*y.*z", "xy", 1),
    "a class and a part of it side by side": (r"[ab]+a+c", "a", 1),
    "a possessive repeat that fails": ("a++b", "a", 1),
    "an anchored plus in a plus": ("^(a+)+!$", "a", 1),
    "a look-behind before a scan": ("(?<=a)a+b", "a", 1),
    "large bounded repeats side by side": ("a{1,200}a{1,200}b", "a", 1),
    "cases": ("(?i:(a|A)+)b", "aA", 1),
    "a long way that fails before each short one": ("a*b|a", "a", LONG),
    "a long look-ahead before each short match": ("a(?=a*b)|a", "a", LONG),
    "letters of any script": (r"(\p{L}|\p{Lo}\p{M}?)+!", "\u4e00", 1),
}  # fmt: skip


@pytest.mark.parametrize("attack", SLOW)
def test_a_pattern_takes_time_that_grows_as_the_text_does(attack: str) -> None:
    pattern, unit, pieces = SLOW[attack]

    assert not is_linear(parse(pattern, HIGHEST))
    assert len(Tokenizer.from_json(definition(pre_tokenizer=split(pattern))).encode((unit * LONG)[:LONG]).ids) == pieces
    assert_grows_as_the_text(lambda: read(pre_tokenizer=split(pattern)), unit)


@pytest.mark.parametrize("attack", SLOW)
def test_a_pattern_replaces_in_time_that_grows_as_the_text_does(attack: str) -> None:
    pattern, unit, _ = SLOW[attack]

    assert_grows_as_the_text(lambda: read(normalizer=replace("", Regex=pattern)), unit)


TOO_MUCH = {
    "repeats of repeats of repeats": ("(?:(?:a{100}){100}){100}", "states when its repetitions are written out"),
    "a large repeat": ("a{99999}", "states when its repetitions are written out"),
    "many classes": (r"\p{L}" * 5000, "states when its repetitions are written out"),
    "many complements": (r"\P{L}" * 20_000, "it has more than 1000 classes"),
    "many classes of other classes": (r"[\p{L}a]?" * 9_000 + "a", "it has more than 1000 classes"),
    "many branches": ("|".join(["ab"] * 5000), "states when its repetitions are written out"),
    "a repeat of 5,000 digits": (f"a{{{'9' * 5000}}}", "the repetition number is too large"),
    "a million characters": ("a" * 1_000_000, "it has 1000000 characters"),
    "groups in groups": ("(?:" * 5000 + "a" + ")" * 5000, "nested too deep"),
    "classes in classes": ("[" * 5000 + "a" + "]" * 5000, "nested too deep"),
    "optional parts in a repeat": ("(?:x?a?){30}b", "is repeated that may be empty"),
    "an atomic group that overlaps itself": ("(?>a|aa)+b", "an atomic group with choices"),
    "a look-ahead with an atomic group": ("(?=(?>a*b|a*c)d)a", "an atomic group with choices"),
}


@pytest.mark.parametrize("attack", TOO_MUCH)
def test_a_pattern_that_is_too_large_is_refused_when_it_is_read(attack: str) -> None:
    pattern, reason = TOO_MUCH[attack]
    (fault,) = faults(pre_tokenizer=split(pattern))

    assert fault.startswith("pre_tokenizer.pattern.Regex: is not supported: ")
    assert reason in fault
    assert len(fault) < 200


def test_a_class_of_ten_thousand_characters_is_read_in_time_that_grows_as_it_does() -> None:
    counts = [
        lines_run(lambda count=count: parse(f"[{''.join(map(chr, range(0x4E00, 0x4E00 + count)))}]+", HIGHEST))  # type: ignore[misc]
        for count in (5_000, 10_000)
    ]

    assert counts[1] <= 2.1 * counts[0]


@pytest.mark.parametrize("text", ["x" * LONG, "\U00020000" * LONG], ids=["ASCII", "others"])
def test_a_class_of_ten_thousand_classes_is_one_class(text: str) -> None:
    members = r"\p{L}" * 10_000
    tokenizer = Tokenizer.from_json(definition(pre_tokenizer=split(f"[{members}]+")))

    assert len(tokenizer.encode(f"{text} {text}").ids) == 3


def test_a_class_of_characters_that_are_no_neighbours() -> None:
    characters = "".join(map(chr, range(0x4E00, 0x9E00, 2)))
    tokenizer = Tokenizer.from_json(definition(pre_tokenizer=split(f"[{characters}]+")))

    assert len(tokenizer.encode(f"{characters}-{characters}").ids) == 3


def test_two_thousand_classes_of_letters_are_one_automaton() -> None:
    pattern = r"\p{L}" * 2000

    assert len(Program(parse(pattern, HIGHEST)).taking) == 2
    assert 2 * 2000 <= MAX_STATES
    assert len(Tokenizer.from_json(definition(pre_tokenizer=split(pattern))).encode("\u4e00" * 4001).ids) == 3


DOUBLING = [replace("aa") for _ in range(40)]
GROWING = {
    "a chain that doubles": (sequence(*DOUBLING), "normalizer.normalizers["),
    "a chain that doubles, in sequences": (sequence(*[sequence(*DOUBLING[:5])] * 8), "normalizer.normalizers["),
    "two that lengthen much": (sequence(replace("a" * 50), replace("a" * 50)), "normalizer.normalizers[1]: makes"),
    "a content of a megabyte": (replace("b" * 1_000_000), "normalizer: makes"),
    "a content of a megabyte in a sequence": (sequence(replace("b" * 1_000_000)), "normalizer.normalizers[0]: makes"),
    "a prefix of a megabyte": ({"type": "Prepend", "prepend": "b" * 1_000_000}, "normalizer: makes"),
    "a thousand prefixes": (sequence(*[{"type": "Prepend", "prepend": "b"}] * 1000), f"expected at most {MAX_COMPONENTS}, found 1000"),
    "three thousand normal forms": (sequence(*[{"type": "NFKD"}] * 3000), f"expected at most {MAX_COMPONENTS}, found 3000"),
    "sequences of sequences": (sequence(*[sequence(*[{"type": "NFKD"}] * 60)] * 60), f"expected at most {MAX_COMPONENTS}, found 3600"),
}  # fmt: skip


@pytest.mark.parametrize("attack", GROWING)
def test_a_normalizer_that_lengthens_text_without_bound_is_refused_when_it_is_read(attack: str) -> None:
    normalizer, expected = GROWING[attack]
    (fault,) = faults(normalizer=normalizer)

    assert fault.startswith("normalizer")
    assert expected in fault
    assert len(fault) < 250


LENGTHENING = {
    "a chain that doubles what an expression finds": sequence(*[replace("aa", Regex="a")] * 40),
    "bytes of bytes": sequence(*[{"type": "ByteLevel"}] * 60),
    "a content for what an expression finds": replace("b" * 10_000, Regex="[a\u00e9]"),
}


@pytest.mark.parametrize("attack", LENGTHENING)
@pytest.mark.parametrize("method", ["encode", "encode_ids"])
def test_a_text_that_becomes_too_long_is_refused(attack: str, method: str) -> None:
    tokenizer = Tokenizer.from_json(definition(normalizer=LENGTHENING[attack]))

    with pytest.raises(FaultsError, match=r"^tokenizer.json: normalizer.*: makes \d+ characters or more of a text of"):
        getattr(tokenizer, method)("a\u00e9" * 1000)


def charsmap(content: bytes) -> Definition:
    """SentencePiece's table, with one replacement, of the letter a."""
    units = [0] * 98
    units[0x61] = 0x61 | 0x100 | 1 << 10
    units[0x60] = 0  # its value: where the replacement begins
    trie = struct.pack("<98I", *units)
    data = struct.pack("<I", len(trie)) + trie + content + b"\0"
    return {"type": "Precompiled", "precompiled_charsmap": b64encode(data).decode()}


def test_a_table_of_replacements_puts_in_what_it_says() -> None:
    tokenizer = Tokenizer.from_json(definition(normalizer=charsmap(b"bc")))

    assert tokenizer.encode("xa").offsets == [(0, 2)]


@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "in a sequence"])
def test_a_replacement_of_a_megabyte_in_a_table_is_refused_for_a_text_that_has_it(wrapped: bool) -> None:
    normalizer = charsmap(b"b" * 1_000_000)
    tokenizer = Tokenizer.from_json(definition(normalizer=sequence(normalizer) if wrapped else normalizer))

    assert tokenizer.encode("xyz").ids == [0]
    with pytest.raises(FaultsError, match=r"normalizer.*: makes 1000000000 characters or more of a text of 1000"):
        tokenizer.encode("a" * 1000)


def test_a_text_may_become_as_much_longer_as_unicode_makes_it() -> None:
    parts = {"normalizer": sequence({"type": "NFKD"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "\u2581"})}
    tokenizer = Tokenizer.from_json(definition(**parts))

    assert tokenizer.encode("\ufdfa" * LONG).offsets == [(0, LONG)]
    assert FACTOR > 3 * 18
    assert ROOM > 0


def test_pre_tokenizers_that_multiply_bytes_are_refused_for_a_text_that_they_lengthen() -> None:
    part = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False}
    tokenizer = Tokenizer.from_json(definition(pre_tokenizer={"type": "Sequence", "pretokenizers": [part] * 40}))

    with pytest.raises(FaultsError, match=r"^tokenizer.json: pre_tokenizer: makes \d+ characters or more of a text of"):
        tokenizer.encode("\u00e9" * 1000)


PIECE = {"Sequence": {"id": "A", "type_id": 0}}
TWO = [PIECE, {"Sequence": {"id": "B", "type_id": 0}}]
TRIM = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
DIGITS = {"type": "Digits", "individual_digits": True}
MANY_SPECIAL = {"[S]": {"id": "[S]", "ids": [0] * 100_000, "tokens": ["[S]"] * 100_000}}
SPECIAL = {"SpecialToken": {"id": "[S]", "type_id": 0}}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            {"post_processor": {"type": "TemplateProcessing", "single": [PIECE] * 5000, "pair": TWO, "special_tokens": {}}},
            "post_processor.single: expected at most 64 places",
            id="a template with a text 5,000 times",
        ),
        pytest.param(
            {"post_processor": {"type": "TemplateProcessing", "single": [PIECE, SPECIAL], "pair": TWO, "special_tokens": MANY_SPECIAL}},
            "post_processor.single: expected at most 64 places with 1024 special tokens",
            id="a special token of 100,000",
        ),
        pytest.param(
            {"post_processor": {"type": "Sequence", "processors": [TRIM] * 3000}},
            "post_processor.processors: expected at most 64, found 3000",
            id="three thousand post-processors",
        ),
        pytest.param(
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [DIGITS] * 3000}},
            "pre_tokenizer.pretokenizers: expected at most 64, found 3000",
            id="three thousand pre-tokenizers",
        ),
    ],
)  # fmt: skip
def test_parts_that_multiply_are_refused_when_they_are_read(parts: Definition, expected: str) -> None:
    (fault,) = faults(**parts)

    assert fault.startswith(expected)


def added(number: int, content: str, **options: bool) -> Definition:
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return {"id": number, "content": content, **dict.fromkeys(names, False), **options}


@pytest.mark.parametrize("normalized", [False, True])
def test_many_added_tokens_are_looked_for_in_time_that_grows_as_the_text_does(normalized: bool) -> None:
    contents = ["<" * length for length in range(1, 300)] + [f"{'<' * 20}{number}" for number in range(2000)]
    tokens = [added(2 + number, content, normalized=normalized) for number, content in enumerate(contents)]
    tokenizer = Tokenizer.from_json(definition(added_tokens=tokens))

    assert tokenizer.encode("<" * LONG).ids == [300] * (LONG // 299) + [1 + LONG % 299]
    assert tokenizer.encode("<" * 25 + "7>").ids == [1 + 25, 0]
    assert tokenizer.encode("<" * 20 + "7>").ids == [2 + 299 + 7, 0]
    assert_grows_as_the_text(lambda: read(added_tokens=tokens), "<")


def test_added_tokens_of_all_first_letters_are_looked_for_in_time_that_grows_as_the_text_does() -> None:
    tokens = [added(2 + number, chr(0x4E00 + number)) for number in range(20_000)]
    text = "\u3041" * LONG
    plain, crowded = read(), read(added_tokens=tokens)

    assert lines_run(lambda: crowded(text)) < lines_run(lambda: plain(text)) + 100


def test_added_tokens_of_megabytes_are_refused() -> None:
    tokens = [added(2 + number, f"{number}" + "x" * 200_000) for number in range(6)]
    (fault,) = faults(added_tokens=tokens)

    assert fault == "added_tokens: expected at most 1048576 characters in all, found 1200006"


@pytest.mark.parametrize("option", ["lstrip", "rstrip"])
def test_added_blanks_that_take_blanks_along_take_time_that_grows_as_the_text_does(option: str) -> None:
    tokens = [added(2, " ", **{option: True})]

    assert_grows_as_the_text(lambda: read(added_tokens=tokens), " ", 60)


def test_added_blanks_that_cover_the_text_many_times_are_refused() -> None:
    tokenizer = Tokenizer.from_json(definition(added_tokens=[added(2, " ", rstrip=True)]))

    with pytest.raises(FaultsError, match=r"^tokenizer.json: added_tokens: makes \d+ characters or more"):
        tokenizer.encode(" " * LONG)


def test_an_added_token_that_a_chain_lengthens_without_bound_is_refused() -> None:
    normalizer = sequence(*[replace("aa", Regex="a")] * 40)
    (fault,) = faults(added_tokens=[added(1, "a", normalized=True)], normalizer=normalizer)

    assert fault.startswith("normalizer.normalizers[14]: makes ")


def bpe() -> Definition:
    vocabulary = {"a" * 2**power: power for power in range(10)}
    merges = [["a" * 2**power] * 2 for power in range(9)]
    return {"type": "BPE", "vocab": vocabulary, "merges": merges}


def wordpiece(**tokens: int) -> Definition:
    return {
        "type": "WordPiece",
        "vocab": {"[UNK]": 0, "a": 1, "##a": 2, **tokens},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": (1 << 32) - 1,
    }


def unigram(*lengths: int) -> Definition:
    return {"type": "Unigram", "unk_id": 0, "vocab": [["[UNK]", -9.0], *(["a" * length, -1.0] for length in lengths)]}


LONG_TOKEN = 10_000
WORDS = {
    "byte pairs": (bpe(), 200_000 // 512 + (200_000 % 512).bit_count()),
    "WordPiece": (wordpiece(**{"##" + "a" * LONG_TOKEN: 3}), 20 + 9_999),
    "Unigram": (unigram(1, LONG_TOKEN), 20),
}


@pytest.mark.parametrize("model", WORDS)
def test_a_word_of_200_000_characters(model: str) -> None:
    described, tokens = WORDS[model]
    tokenizer = Tokenizer.from_json(definition(model=described))

    assert len(tokenizer.encode("a" * 200_000).ids) == tokens
    assert_grows_as_the_text(lambda: read(model=described), "a")


@pytest.mark.parametrize(
    "model",
    [unigram(*range(1, 400)), wordpiece(**{"a" * length: 1 + length for length in range(2, 400)})],
    ids=["Unigram", "WordPiece"],
)
def test_tokens_of_hundreds_of_lengths_are_refused(model: Definition) -> None:
    (fault,) = faults(model=model)

    assert fault.startswith("model.vocab: tokens of 399 lengths up to 399, which make 79800 together, expected at most")


MARKS = "\u0301\u0323"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_marks_in_the_wrong_order_are_sorted_in_less_than_quadratic_time(form: str) -> None:
    normalizer = {"type": form}
    text = "a" + MARKS * 100_000

    normal = NormalForm(form).plain(text)  # type: ignore[arg-type]
    assert normal.removeprefix("a\u0323").removeprefix("\u1ea1") == "\u0323" * 99_999 + "\u0301" * 100_000
    assert_grows_as_the_text(lambda: read(normalizer=normalizer), MARKS, 2400)


def test_a_grapheme_cluster_of_any_length_is_read_once() -> None:
    normalizer = charsmap(b"b")

    assert_grows_as_the_text(lambda: read(normalizer=normalizer), "a\u0301")
    assert_grows_as_the_text(lambda: read(normalizer=normalizer), "\u0301")


def test_what_is_refused_is_short_whatever_was_given() -> None:
    definition_size = len(json.dumps(definition(normalizer=GROWING["a content of a megabyte"][0])))

    assert definition_size > 1_000_000
    assert all(len(fault) < 250 for fault in faults(normalizer=GROWING["a content of a megabyte"][0]))
