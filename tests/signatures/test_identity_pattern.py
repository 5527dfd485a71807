from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.signatures.identity_pattern import LONGEST_IDENTITY, check, matches
from hatch_encoderfile.verification.demand import Options, demand

WORKFLOW = "https://github.com/org/repo/.github/workflows/release.yml@refs/tags/v1.2.3"


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        r"https://github\.com/org/.*/\.github/workflows/.*@refs/tags/v[0-9]+(\.[0-9]+)*",
        r"^https://github\.com/[^/]+/[\w.-]+/.*@refs/(heads/main|tags/.+)$",
        r"(?i:HTTPS)://(?!gitlab)\S{3,}[a-z\d]",
        r"(?:.+?)@refs/tags/v\d{1,2}\.\d\.\d{1}",
        r"https:\/\/github\.com\/.*?\d",
    ],
)
def test_the_usual_expressions_match_a_whole_workflow(pattern: str) -> None:
    assert matches(pattern, WORKFLOW)
    assert not matches(pattern, "")
    assert not matches(pattern, f"{WORKFLOW}\n")
    assert not matches(pattern, f"x\n{WORKFLOW}")


@pytest.mark.parametrize("pattern", ["alice", "alice@", "lice@example.com", "alice@example.org|bob", "^$", "()"])
def test_a_part_is_no_match(pattern: str) -> None:
    assert not matches(pattern, "alice@example.com")


def test_an_identity_has_a_length() -> None:
    assert matches("a*", "a" * LONGEST_IDENTITY)
    assert not matches("a*", "a" * (LONGEST_IDENTITY + 1))


@pytest.mark.parametrize(
    "pattern", ["(a|aa)+b", "(a|a)*b", ".*a.*a.*a.*a.*a.*a.*b", r"(\w+\s?)+@", "(?:a|aa){50}a{50}b"]
)
def test_an_identity_that_backtracking_never_ends_with_is_told_apart_at_once(pattern: str) -> None:
    assert not matches(pattern, "a" * LONGEST_IDENTITY)


_PARTS = st.sampled_from(
    [
        *"ab.@/-",
        ".*",
        "a+",
        "b?",
        "[ab]",
        "[^a]",
        "(a|b)",
        "(?:ab)*",
        "a{2}",
        "b{1,3}",
        r"\.",
        r"\w",
        r"\d+",
        "|",
        "^",
        "$",
    ]
)


@given(st.lists(_PARTS, max_size=8).map("".join), st.text("ab.@/-1", min_size=1, max_size=12))
def test_what_is_taken_means_what_it_means_to_python(pattern: str, identity: str) -> None:
    try:
        check(pattern)
    except ValueError:
        assume(False)
    assert matches(pattern, identity) == bool(re.fullmatch(pattern, identity))


def test_the_option_is_held_to_the_same() -> None:
    with pytest.raises(UsageError, match=r"--identity-regex: missing \)"):
        demand(Options(identity_regex="(a", issuer="b"))
    with pytest.raises(UsageError, match="--identity-regex: expected at most 1024 characters"):
        demand(Options(identity_regex="(" * 5000, issuer="b"))
    with pytest.raises(UsageError, match="--identity-regex: Possible nested set"):
        demand(Options(identity_regex="[[a]", issuer="b"))
