"""The automaton finds what Python's `re` and the `tokenizers` library find, and `re` is trusted only where it is linear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import tokenizers
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.regular_expressions import REGULAR_EXPRESSIONS

from encoderfile_runtime.tokenizer.regex import pattern as patterns
from encoderfile_runtime.tokenizer.regex.analysis import MAX_STEPS, is_linear
from encoderfile_runtime.tokenizer.regex.automaton import Automaton
from encoderfile_runtime.tokenizer.regex.known import KNOWN
from encoderfile_runtime.tokenizer.regex.pattern import Backtracking, Pattern
from encoderfile_runtime.tokenizer.regex.syntax import parse
from encoderfile_runtime.tokenizer.regex.translation import translate
from encoderfile_runtime.tokenizer.regex.tree import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

HIGHEST = 0x10FFFF
LIMITS = (0x7F, 0xFFFF, HIGHEST)

ATOMS = st.sampled_from(["a", "b", "c", "\u00e9", "[ab]", "[^a]", ".", r"\s", r"\S", r"\w", r"\p{L}", " ", "\n", "{", "}", "{a}", "a{"])  # fmt: skip
PLACES = st.sampled_from(["^", "$", r"\A", r"\z", r"\Z", "(?<=a)", "(?<!b)", "(?<=[ab]c)", "(?<=a|b)", r"(?<!\s)"])
ATOMIC = st.sampled_from(["a++", "[ab]?+", "b*+", "(?>ab)", "(?>a{1,2})", "(?>[ab]{0,2})"])
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}", "{,2}", "*?", "+?", "??"])


def grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.tuples(st.one_of(ATOMS, inner.map("(?:{})".format)), QUANTIFIERS).map("".join)
    looks = st.tuples(st.sampled_from(["(?=", "(?!"]), inner, st.just(")")).map("".join)
    sequence = st.lists(st.one_of(repeated, repeated, PLACES, looks, ATOMIC), min_size=1, max_size=3).map("".join)
    return st.lists(sequence, min_size=1, max_size=3).map("|".join)


EXPRESSIONS = st.recursive(ATOMS, grouped, max_leaves=6)
TEXTS = st.lists(st.text("aaabbc\u00e9 \n", max_size=12), min_size=4, max_size=8)


def spans_of_library(expression: str, text: str) -> list[tuple[int, int]]:
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(expression), "removed", invert=True)
    return [span for _, span in split.pre_tokenize_str(text)]


@given(EXPRESSIONS, TEXTS)
@example("a*b|a", ["aaaaab", "aaaaa"])
@example(r"\s+$|\s(?=a)|(?<=a)b", ["a   ", "  ab b"])
@example("(?:a|ab)(?:c|bcd)(?:d*)", ["abcd"])
@example("(?:a+?|b)*?c|[^a]{1,2}?", ["aabac\n\n"])
def test_the_automaton_finds_what_backtracking_finds(expression: str, texts: list[str]) -> None:
    try:
        node = parse(expression, HIGHEST)
        automaton = Automaton(node)
    except UnsupportedError:
        assume(False)
        return
    compiled = re.compile(translate(node, HIGHEST))
    for text in texts:
        spans = list(automaton.spans(text))

        assert spans == [match.span() for match in compiled.finditer(text)], text
        assert automaton.findall(text) == [text[start:end] for start, end in spans]
        assert automaton.replace(text, "-") == compiled.sub("-", text)
        try:
            expected = spans_of_library(expression, text)
        except ValueError:  # it does not take the expression
            continue
        assert spans == expected, text


@pytest.mark.parametrize("name", REGULAR_EXPRESSIONS)
def test_the_automaton_of_a_published_expression_finds_what_re_finds(name: str, random_texts: list[str]) -> None:
    node = parse(REGULAR_EXPRESSIONS[name], HIGHEST)
    if name == "atomic":
        with pytest.raises(UnsupportedError, match="an atomic group with choices"):
            Automaton(node)
        return
    automaton, compiled = Automaton(node), re.compile(translate(node, HIGHEST))

    for text in random_texts[:300]:
        assert list(automaton.spans(text)) == [match.span() for match in compiled.finditer(text)], ascii(text)


@pytest.mark.parametrize("name", REGULAR_EXPRESSIONS.keys() - {"lazy", "lines"})
@pytest.mark.parametrize("limit", LIMITS)
def test_published_expressions_are_found_with_re(name: str, limit: int) -> None:
    source = REGULAR_EXPRESSIONS[name]

    assert isinstance(patterns._finder(source, limit), Backtracking)
    assert is_linear(parse(source, limit)) == (name != "o200k")


def test_what_is_known_is_what_the_analysis_finds_but_for_o200k() -> None:
    assert {name for source, name in KNOWN.items() if not is_linear(parse(source, HIGHEST))} == {"o200k"}


LINEAR = [
    r"\p{L}+(?:[-']\p{L}+)*|\d+(?:[.,]\d+)*|\S",
    r"\s*[\r\n]+|\s+(?!\S)|\s+",
    r" ?[^\s\p{L}]++[\r\n]*+|\s*+\n|\s+",
    r"[ab]*c|d|[abc]+",
    r"(?:ab+|c){1,2}d*",
    "|".join(["abc"] * 80),
]
NOT_LINEAR = [
    r"\s*[\r\n]+|\s|\s+",
    r"\s*[\r\n]+|\s+(?!\S)",
    r"[ab]*c|a|[ab]+",
    r"[ab]*c|[a]+",
    r"[ab]*c|[ab]+d",
    r"[ab]*?c|[ab]+",
    r"(?:ab+){2}",
    r"\p{L}+(?:-\p{L}+\.)*",
    r"a++b",
    r"(?>a+)b",
    r"a(?=a*)",
    r"(?:a?){1}a{300}",
    "|".join(["abc"] * (MAX_STEPS // 3 + 1)),
]


@pytest.mark.parametrize("source", LINEAR)
def test_backtracking_that_gives_nothing_back_is_linear(source: str) -> None:
    assert is_linear(parse(source, HIGHEST))


@pytest.mark.parametrize("source", NOT_LINEAR)
def test_what_may_scan_in_vain_is_not_called_linear(source: str) -> None:
    assert not is_linear(parse(source, HIGHEST))


def test_an_expression_without_an_automaton_is_taken_where_re_is_linear_for_all_texts() -> None:
    assert Pattern("(?>a|ab)c").findall("ac abc \u00e9ac") == ["ac", "ac"]
    with pytest.raises(UnsupportedError, match="an atomic group with choices"):
        Pattern(r"(?>a|ab)(?:c|\S+d)")


def test_sets_of_states_are_forgotten_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("encoderfile_runtime.tokenizer.regex.automaton._MAX_BITS", 2000)
    automaton = Automaton(parse("(?:a|b)(?:a|b){3}c|(?<=a)(?:aa|b)+", HIGHEST))
    compiled = re.compile("(?:a|b)(?:a|b){3}c|(?<=a)(?:aa|b)+")

    def texts() -> Iterator[str]:
        for number in range(300):
            yield f"{number:09b}".replace("0", "a").replace("1", "b") + "cab"

    for text in texts():
        assert automaton.findall(text) == compiled.findall(text)
