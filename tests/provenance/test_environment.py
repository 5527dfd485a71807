"""What the environment says stays a claim of the environment, and is no builder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.bills import build_tiny

from hatch_encoderfile.provenance.builder import claimed
from hatch_encoderfile.signatures.sidecars import PROVENANCE

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://evil.example",
    "GITHUB_REPOSITORY": "someone/repo",
    "GITHUB_WORKFLOW_REF": "someone/repo/.github/workflows/release.yml@refs/tags/v1",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_REF": "refs/tags/v1",
    "GITHUB_SHA": "0" * 40,
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_URL": "https://gitlab.com/someone/repo",
    "CI_RUNNER_ID": "12",
    "CI_JOB_URL": "https://gitlab.com/someone/repo/-/jobs/99",
}


@pytest.mark.parametrize("environment", [GITHUB, GITLAB])
def test_a_platforms_variables_are_claims_and_never_the_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name in (*GITHUB, *GITLAB):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    predicate = json.loads(PROVENANCE.statement(build_tiny(tmp_path).path).read_bytes())["predicate"]

    assert predicate["buildDefinition"]["internalParameters"].pop("environmentClaims") == environment
    assert predicate["runDetails"]["builder"]["id"] == "local"
    assert set(predicate["runDetails"]["metadata"]) == {"startedOn", "finishedOn"}
    assert not any(value in json.dumps(predicate) for value in environment.values() if len(value) > 4)


@pytest.mark.parametrize("platform", ["", "false", "1", "TRUE"])
def test_without_the_platforms_own_mark_nothing_is_claimed(platform: str) -> None:
    assert claimed(GITHUB | {"GITHUB_ACTIONS": platform}) == {}


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "\x1b[31m", "\u202e", "a" * 2000])
def test_what_is_empty_or_no_line_of_text_is_no_claim(value: str) -> None:
    assert claimed({"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": value}) == {"GITHUB_ACTIONS": "true"}


def test_other_variables_are_not_taken_over() -> None:
    assert claimed({"GITLAB_CI": "true", "CI_JOB_TOKEN": "secret", "GITHUB_TOKEN": "secret"}) == {"GITLAB_CI": "true"}
