"""Model cards as people write them, and as nobody should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bills import build_tiny, outer_of

from hatch_encoderfile.sbom import model_card
from hatch_encoderfile.sbom.model_card import Metric, ModelCard, dataset_url, read

if TYPE_CHECKING:
    from pathlib import Path


def card(front_matter: str) -> ModelCard:
    return read(f"---\n{front_matter}\n---\n# A model\n".encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"# only text\n", b"---\n", b"---\n---\n", b"text\n---\nlicense: mit\n---\n", b"---\nlicense: mit\n"],
    ids=["empty", "no front matter", "opened only", "empty front matter", "not at the start", "never closed"],
)
def test_a_card_without_front_matter_declares_nothing(data: bytes) -> None:
    assert read(data) == ModelCard()


@pytest.mark.parametrize(
    "data",
    [b"---\r\nlicense: mit\r\n---\r\n", b"\xef\xbb\xbf---\nlicense: mit\n---\n", b"\n\n---\nlicense: mit\n..."],
    ids=["windows line ends", "byte order mark", "blank lines and dots"],
)
def test_front_matter_is_found_as_the_hub_finds_it(data: bytes) -> None:
    assert read(data).licenses == ("mit",)


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ("license: mit", ModelCard(licenses=("mit",))),
        ("license: [mit, apache-2.0]", ModelCard(licenses=("mit", "apache-2.0"))),
        ("language: no", ModelCard(languages=("no",))),
        ("language: [en, no, en]", ModelCard(languages=("en", "no"))),
        ("datasets: snli", ModelCard(datasets=("snli",))),
        ("base_model:\n- a/b\n- c/d", ModelCard(base_models=("a/b", "c/d"))),
        ("license: 2021-08-30", ModelCard(licenses=("2021-08-30",))),
        ("library_name: {a: b}\ndatasets: {a: b}\nlicense: [[x], {y: z}]", ModelCard()),
        ("license_name: Ours\nlicense_link: LICENSE", ModelCard(license_name="Ours")),
        ("license_link: https://x.org/l", ModelCard(license_link="https://x.org/l")),
        ("license_link: 'javascript:alert(1)'", ModelCard()),
    ],
)
def test_texts_and_lists_are_read_alike(front_matter: str, expected: ModelCard) -> None:
    assert card(front_matter) == expected


def test_a_number_stays_as_it_was_written() -> None:
    results = "[{dataset: {name: STS, config: en, split: test}, metrics: [{type: spearman, value: 80.10}]}]"

    assert card(f"model-index: [{{results: {results}}}]").metrics == (Metric("spearman", "80.10", "STS, en, test"),)


@pytest.mark.parametrize(
    "front_matter",
    ["model-index: x", "model-index: [x]", "model-index: [{results: x}]", "model-index: [{results: [{metrics: {}}]}]"],
)
def test_results_of_another_shape_are_left_out(front_matter: str) -> None:
    assert card(front_matter) == ModelCard()


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"---\nlicense: [mit\n---\n", "front matter is not YAML in line"),
        (b"---\n\ta: b\n---\n", "front matter is not YAML in line 2"),
        (b"---\na: \x00\n---\n", "front matter is not YAML"),
        (b"---\n\xff\n---\n", "not UTF-8 at offset 4"),
        (b"---\n- a\n- b\n---\n", "front matter is no map"),
        (b"---\n" + b"[" * 5_000 + b"\n---\n", "front matter is not YAML"),
        (b"---\na: '" + b"x" * (1 << 18) + b"'\n---\n", "front matter of more than 262144 characters"),
    ],
    ids=["unclosed list", "tab", "NUL", "not UTF-8", "a list", "deep nesting", "huge"],
)
def test_a_broken_card_declares_nothing_and_says_why(data: bytes, note: str) -> None:
    found = read(data)

    assert (found.note or "").startswith(note)
    assert found == ModelCard(note=found.note)


def test_aliases_do_not_multiply() -> None:
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))

    found = card(f"a0: &a0 [x, x]\n{levels}\ndatasets: *a29")

    assert found.datasets == ()


def test_a_card_that_contains_itself_declares_nothing() -> None:
    assert (card("datasets: &a [snli, *a]").note or "").startswith("front matter is not YAML")


def test_python_objects_are_not_made() -> None:
    assert card("license: !!python/object/apply:os.system ['true']").licenses == ("true",)


@pytest.mark.parametrize(
    "text",
    ['"\\e[31mred"', '"\\u202egnp"', '"\\ud800"', '"a\\0b"', f'"{"x" * 501}"', '" "'],
    ids=["terminal colours", "right to left", "half a character", "NUL", "too long", "blank"],
)
def test_text_that_is_not_fit_to_show_is_left_out(text: str) -> None:
    assert card(f"license: {text}").licenses == ()


def test_long_lists_are_cut() -> None:
    names = "\n".join(f"- set-{index}" for index in range(5000))

    assert len(card(f"datasets:\n{names}").datasets) == 500


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\n{text}\n---\n".encode()))
@settings(max_examples=150, deadline=None)
def test_no_card_raises(data: bytes) -> None:
    assert isinstance(read(data), ModelCard)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("snli", "https://huggingface.co/datasets/snli"),
        ("a/b_c.d-e", "https://huggingface.co/datasets/a/b_c.d-e"),
        ("../x", None),
        ("a/b/c", None),
        ("a b", None),
        ("https://x.org", None),
    ],
)
def test_only_names_of_datasets_become_addresses(name: str, url: str | None) -> None:
    assert dataset_url(name) == url


@pytest.mark.parametrize(
    "text",
    [
        "# no front matter",
        "---\nlicense: [mit\n---\n",
        "---\nlicense: [mit, llama2, 'my own']\n---\n",
        "---\nlicense: other\nlicense_name: ours\nlicense_link: https://x.org/l\n---\n",
        "---\ndatasets: 'a b'\n---\n",
    ],
    ids=["no front matter", "broken", "several licences", "a licence of its own", "a dataset of no name"],
)
def test_the_bill_of_any_card_is_valid(tmp_path: Path, text: str) -> None:
    outer_of(build_tiny(tmp_path, "", text))


def test_a_broken_card_is_noted_by_the_build(tmp_path: Path) -> None:
    result = build_tiny(tmp_path, "", "---\n- a\n---\n")

    assert result.notes[0] == "SBOM: README.md declares nothing: front matter is no map"
    assert model_card.read(b"---\n- a\n---\n").note == "front matter is no map"
