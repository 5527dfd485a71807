"""Package URLs: read as people write them, written in one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_encoderfile.standards.purl import CANONICAL, Purl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg:huggingface/a/b@ABCDEF", "pkg:huggingface/a/b@abcdef"),
        ("pkg:huggingface/bert", "pkg:huggingface/bert"),
        ("pkg:PyPI/Some_Thing@1.0", "pkg:pypi/some-thing@1.0"),
        ("pkg:github/Owner/Repo@V1", "pkg:github/owner/repo@V1"),
        ("pkg:generic/a@1?os=y&arch=x", "pkg:generic/a@1?arch=x&os=y"),
        ("pkg://pypi/thing", "pkg:pypi/thing"),
        ("pkg:npm/%40scope/name@1", "pkg:npm/%40scope/name@1"),
        ("pkg:generic/a@1?arch=x&os=y#dir/file", "pkg:generic/a@1?arch=x&os=y#dir/file"),
        ("pkg:generic/a@1+2 3", "pkg:generic/a@1%2B2%203"),
    ],
)
def test_a_purl_is_written_in_its_canonical_form(text: str, expected: str) -> None:
    assert str(Purl.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkg:",
        "pkg:npm",
        "pkg:npm/",
        "npm/a",
        "https://example.org/a",
        "pkg:npm/a?x",
        "pkg:npm/a#../b",
        "pkg:npm/a#%2e%2e/b",
        "pkg:npm/%20",
        "pkg:1a/b",
    ],
)
def test_what_is_no_purl_is_none(text: str) -> None:
    assert Purl.parse(text) is None


def test_a_files_purl_has_its_path_encoded() -> None:
    purl = Purl.parse("pkg:huggingface/a/b@c")
    assert purl

    assert str(purl.file("dir/größe 1.txt")) == "pkg:huggingface/a/b@c#dir/gr%C3%B6%C3%9Fe%201.txt"


@given(st.text(max_size=80) | st.text("abz/@?#%=&.:~ ", max_size=40).map(lambda text: f"pkg:{text}"))
def test_any_text_is_read_or_refused_and_reading_is_stable(text: str) -> None:
    purl = Purl.parse(text)

    if purl:
        assert CANONICAL.fullmatch(str(purl))
        again = Purl.parse(str(purl))
        assert str(again) == str(purl)
